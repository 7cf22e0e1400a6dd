"""What somebody says who would give each of five points, in several ways, in French and English.

Our own words, versioned: ratings by two versions are not compared. Each set goes from the least to
the most; the sets of one measure say the same in other ways, so that no wording decides alone.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

VERSION = "anchors/1"

Measure = Literal["purchase_intent", "liking", "clarity", "credibility", "relevance", "novelty"]
Tongue = Literal["en", "fr"]
Anchors = tuple[str, str, str, str, str]

_EN: dict[Measure, tuple[Anchors, ...]] = {
    "purchase_intent": (
        (
            "I would definitely not buy this.",
            "I would probably not buy this.",
            "I am not sure whether I would buy this.",
            "I would probably buy this.",
            "I would definitely buy this.",
        ),
        (
            "There is no way I would spend money on it.",
            "I doubt that I would pick it up.",
            "Maybe I would get it, maybe not.",
            "I can see myself getting it.",
            "I want it and would get it at once.",
        ),
        (
            "It is not for me and I would never order it.",
            "I would rather leave it on the shelf.",
            "It depends, I could go either way.",
            "I would likely give it a try and pay for it.",
            "I would certainly order it, and again.",
        ),
    ),
    "liking": (
        (
            "I dislike this very much.",
            "I do not really like this.",
            "I neither like nor dislike this.",
            "I like this.",
            "I love this.",
        ),
        (
            "It puts me off completely.",
            "It leaves a rather bad impression.",
            "It leaves me indifferent.",
            "It appeals to me.",
            "It delights me, it is wonderful.",
        ),
        (
            "This is awful.",
            "This is not very good.",
            "This is all right, nothing more.",
            "This is good.",
            "This is excellent.",
        ),
    ),
    "clarity": (
        (
            "I do not understand it at all.",
            "I find it hard to follow.",
            "I understand about half of it.",
            "I understand it well.",
            "It is perfectly clear to me.",
        ),
        (
            "I have no idea what they want to say.",
            "It is confusing in many places.",
            "Some of it is clear and some is not.",
            "It is easy to understand.",
            "Nobody could misunderstand it.",
        ),
        (
            "It makes no sense to me.",
            "I had to read it several times.",
            "I get the gist, without the details.",
            "I know what it means.",
            "I got it at once, every word.",
        ),
    ),
    "credibility": (
        (
            "I do not believe a word of it.",
            "I find it hard to believe.",
            "I cannot tell whether it is true.",
            "I find it believable.",
            "I am convinced that it is true.",
        ),
        (
            "It sounds like a lie.",
            "It sounds exaggerated.",
            "It may be so or not.",
            "It sounds honest.",
            "I trust it completely.",
        ),
        (
            "They are trying to fool me.",
            "I have my doubts about these claims.",
            "I would want proof before I say.",
            "I am inclined to trust what they say.",
            "They are entirely reliable.",
        ),
    ),
    "relevance": (
        (
            "This has nothing to do with me.",
            "This hardly concerns me.",
            "This concerns me a little.",
            "This concerns me.",
            "This is exactly what I need.",
        ),
        (
            "I have no use whatsoever for it.",
            "I would seldom have a use for it.",
            "I could use it now and then.",
            "It fits what I do.",
            "It was made for somebody like me.",
        ),
        (
            "It does not matter to me at all.",
            "It matters little in my life.",
            "It may matter at times.",
            "It matters to me.",
            "It matters to me more than anything like it.",
        ),
    ),
    "novelty": (
        (
            "I have seen this a thousand times.",
            "There is hardly anything new in it.",
            "Some of it is new, some is not.",
            "It is rather new.",
            "I have never seen anything like it.",
        ),
        (
            "It is a plain copy of what there is.",
            "It is quite ordinary.",
            "It is a small step from what there is.",
            "It is original.",
            "It is altogether unique and surprising.",
        ),
        (
            "It is old hat.",
            "It reminds me of many others.",
            "It is a bit different.",
            "It is fresh.",
            "It is a true first.",
        ),
    ),
}
_FR: dict[Measure, tuple[Anchors, ...]] = {
    "purchase_intent": (
        (
            "Je ne l'achèterais certainement pas.",
            "Je ne l'achèterais sans doute pas.",
            "Je ne sais pas si je l'achèterais.",
            "Je l'achèterais sans doute.",
            "Je l'achèterais certainement.",
        ),
        (
            "Il est hors de question que je dépense un euro pour cela.",
            "Je doute de le prendre un jour.",
            "Peut-être que je le prendrais, peut-être pas.",
            "Je me vois bien le prendre.",
            "Je le veux et je le prendrais tout de suite.",
        ),
        (
            "Ce n'est pas pour moi, je n'en commanderais jamais.",
            "Je le laisserais plutôt en rayon.",
            "Cela dépend, j'hésite.",
            "Je l'essaierais probablement, en payant.",
            "J'en commanderais à coup sûr, et encore.",
        ),
    ),
    "liking": (
        (
            "Cela me déplaît beaucoup.",
            "Cela ne me plaît pas vraiment.",
            "Cela ne me plaît ni ne me déplaît.",
            "Cela me plaît.",
            "J'adore.",
        ),
        (
            "Cela me rebute complètement.",
            "Cela me laisse une plutôt mauvaise impression.",
            "Cela me laisse indifférent.",
            "Cela m'attire.",
            "Cela m'enchante, c'est magnifique.",
        ),
        (
            "C'est affreux.",
            "Ce n'est pas très bon.",
            "C'est correct, sans plus.",
            "C'est bien.",
            "C'est excellent.",
        ),
    ),
    "clarity": (
        (
            "Je n'y comprends rien du tout.",
            "J'ai du mal à suivre.",
            "J'en comprends à peu près la moitié.",
            "Je comprends bien.",
            "C'est parfaitement clair pour moi.",
        ),
        (
            "Je n'ai aucune idée de ce qu'ils veulent dire.",
            "C'est confus à bien des endroits.",
            "Une partie est claire, l'autre non.",
            "C'est facile à comprendre.",
            "Personne ne pourrait s'y tromper.",
        ),
        (
            "Cela n'a aucun sens pour moi.",
            "J'ai dû le relire plusieurs fois.",
            "Je saisis l'idée, sans les détails.",
            "Je sais ce que cela veut dire.",
            "J'ai saisi tout de suite, chaque mot.",
        ),
    ),
    "credibility": (
        (
            "Je n'en crois pas un mot.",
            "J'ai du mal à y croire.",
            "Je ne saurais dire si c'est vrai.",
            "Je trouve cela crédible.",
            "Je suis convaincu que c'est vrai.",
        ),
        (
            "Cela sonne comme un mensonge.",
            "Cela paraît exagéré.",
            "C'est possible, ou pas.",
            "Cela paraît honnête.",
            "J'ai toute confiance.",
        ),
        (
            "Ils essaient de me tromper.",
            "Je doute de ces promesses.",
            "Je voudrais des preuves avant de me prononcer.",
            "Je suis enclin à les croire.",
            "Ils sont entièrement fiables.",
        ),
    ),
    "relevance": (
        (
            "Cela n'a rien à voir avec moi.",
            "Cela ne me concerne guère.",
            "Cela me concerne un peu.",
            "Cela me concerne.",
            "C'est exactement ce qu'il me faut.",
        ),
        (
            "Je n'en ai absolument aucun usage.",
            "J'en aurais rarement l'usage.",
            "Cela pourrait me servir de temps en temps.",
            "Cela correspond à ce que je fais.",
            "C'est fait pour quelqu'un comme moi.",
        ),
        (
            "Cela n'a aucune importance pour moi.",
            "Cela compte peu dans ma vie.",
            "Cela peut compter parfois.",
            "Cela compte pour moi.",
            "Rien de semblable ne compte autant pour moi.",
        ),
    ),
    "novelty": (
        (
            "J'ai déjà vu cela mille fois.",
            "Il n'y a presque rien de neuf là-dedans.",
            "Une partie est nouvelle, l'autre non.",
            "C'est plutôt nouveau.",
            "Je n'ai jamais rien vu de tel.",
        ),
        (
            "C'est une simple copie de ce qui existe.",
            "C'est assez ordinaire.",
            "C'est un petit pas de plus.",
            "C'est original.",
            "C'est tout à fait unique et surprenant.",
        ),
        (
            "C'est du réchauffé.",
            "Cela m'en rappelle beaucoup d'autres.",
            "C'est un peu différent.",
            "C'est frais.",
            "C'est une vraie première.",
        ),
    ),
}
ANCHORS: Mapping[Tongue, Mapping[Measure, tuple[Anchors, ...]]] = MappingProxyType(
    {"en": MappingProxyType(_EN), "fr": MappingProxyType(_FR)}
)
"""Three sets of five statements for each language and measure, from the least to the most."""

QUESTIONS: Mapping[Tongue, Mapping[Measure, tuple[str, str]]] = MappingProxyType(
    {
        "en": {
            "purchase_intent": ("How likely are you to buy it?", "Would you buy it, or not?"),
            "liking": ("How do you like it?", "What do you feel when you see it?"),
            "clarity": ("How clear is it to you?", "Do you understand what is meant?"),
            "credibility": ("How believable is it?", "Do you trust what is said?"),
            "relevance": ("How far does it concern you?", "Is it of any use to you?"),
            "novelty": ("How new is it to you?", "Have you seen the like of it?"),
        },
        "fr": {
            "purchase_intent": ("L'achèteriez-vous ?", "Seriez-vous prêt à l'acheter, ou non ?"),
            "liking": ("Cela vous plaît-il ?", "Que ressentez-vous en le voyant ?"),
            "clarity": ("Est-ce clair pour vous ?", "Comprenez-vous ce qui est dit ?"),
            "credibility": ("Y croyez-vous ?", "Faites-vous confiance à ce qui est dit ?"),
            "relevance": ("Cela vous concerne-t-il ?", "Cela vous est-il utile ?"),
            "novelty": ("Est-ce nouveau pour vous ?", "Avez-vous déjà vu quelque chose de tel ?"),
        },
    }
)
"""What a persona is asked, and the same in other words."""
