"""Sentences that nobody on a newsletter's staff wrote, to be pasted into real editions.

Written apart from what the verifier learns from and from the shipped rules.
"""

_ENGLISH = """
In an era where attention is the new currency, brands must learn to tell stories that resonate.

This isn't merely an upgrade; it's a whole new way of thinking about security.

Embark on a voyage of discovery as we unpack the trends redefining tomorrow.

The synergy between people and technology has never been more vital.

Our mission is simple: to help you unleash your full creative potential.

Let us take a closer look at what makes this solution so special.

As technology continues to evolve at breakneck speed, one truth remains constant.

Picture this: you wake up and all of your reports have already been written.

This remarkable milestone is a shining example of teamwork and innovation.

By embracing these strategies, you can supercharge your growth and stay one step ahead.

The journey of a thousand miles begins with a single click.

It is a symphony of design, performance and simplicity.

We are beyond excited to announce what may be our most ambitious release ever!

In short, the sky is the limit.

Experts agree that this trend is here to stay and will continue to transform the industry.

Whether you are a beginner or an expert, this tool has something to offer.

It's more than a product, it's a promise.

Curious to learn more? Read on to find out how you can benefit.

This innovative approach seamlessly blends form and function to deliver a truly immersive
experience.

Without a doubt, these developments mark a turning point for the entire ecosystem.

Remember, consistency is key, and every small step counts.

The world of finance is undergoing a profound transformation.

It is important to remember that there is no one-size-fits-all solution.

From startups to global enterprises, everyone can benefit from these powerful features.

At a time when trust is scarce, transparency becomes a superpower.

So, what are you waiting for? Take the leap and join the revolution.

These insights offer a valuable roadmap for anyone looking to succeed in today's competitive
market.

We believe that great ideas can change the world.

This vibrant hub of innovation continues to captivate audiences around the globe.

Furthermore, it fosters a culture of continuous improvement and collaboration.

And the best part? It won't cost you a penny.

Happy reading, and here's to an amazing week ahead!

The impact of this shift is profound and far-reaching.

In essence, it bridges the gap between theory and practice.

Step into the future with confidence and let your imagination run wild.

Navigating these uncharted waters requires a bold vision and unwavering commitment.

This serves to illustrate the transformative potential of emerging technologies.

Knowledge is the ultimate competitive advantage in our digital age.

You won't want to miss this exclusive look behind the scenes.

As we move forward, let us celebrate our achievements and embrace the challenges to come.
"""

_FRENCH = """
À une époque où l'attention est devenue la nouvelle monnaie, les marques doivent apprendre à
raconter des histoires qui résonnent.

Il ne s'agit pas d'une simple mise à jour, mais d'une toute nouvelle façon de penser la sécurité.

Embarquez avec nous pour un voyage au cœur des tendances qui redéfinissent demain.

La synergie entre l'humain et la technologie n'a jamais été aussi essentielle.

Notre mission est simple : vous aider à révéler votre plein potentiel créatif.

Regardons de plus près ce qui rend cette solution si unique.

Alors que la technologie évolue à une vitesse vertigineuse, une vérité demeure.

Imaginez un instant : vous vous réveillez et tous vos rapports sont déjà rédigés.

Cette étape remarquable est un bel exemple d'esprit d'équipe et d'innovation.

En adoptant ces stratégies, vous pourrez dynamiser votre croissance et garder un temps d'avance.

Un voyage de mille lieues commence toujours par un premier clic.

C'est une symphonie de design, de performance et de simplicité.

Nous sommes extrêmement heureux de vous annoncer notre lancement le plus ambitieux à ce jour !

En bref, il n'y a plus aucune limite.

Les experts s'accordent à dire que cette tendance est là pour durer et continuera de transformer
le secteur.

Que vous soyez novice ou expert, cet outil saura répondre à vos besoins.

C'est plus qu'un produit, c'est une promesse.

Envie d'en savoir plus ? Poursuivez votre lecture pour découvrir tous les avantages.

Cette approche innovante allie harmonieusement forme et fonction pour offrir une expérience
véritablement immersive.

Sans l'ombre d'un doute, ces évolutions marquent un tournant pour tout l'écosystème.

N'oubliez pas que la régularité est la clé et que chaque petit pas compte.

Le monde de la finance connaît une profonde transformation.

Il est important de rappeler qu'il n'existe pas de solution universelle.

Des jeunes pousses aux grands groupes, chacun peut profiter de ces puissantes fonctionnalités.

À l'heure où la confiance se fait rare, la transparence devient un super-pouvoir.

Alors, qu'attendez-vous ? Sautez le pas et rejoignez la révolution.

Ces enseignements constituent une feuille de route précieuse pour réussir dans un marché toujours
plus concurrentiel.

Nous sommes convaincus que les grandes idées peuvent changer le monde.

Ce pôle d'innovation bouillonnant continue de séduire les publics du monde entier.

De surcroît, cela favorise une culture de l'amélioration continue et de la collaboration.

Et le meilleur dans tout ça ? Cela ne vous coûtera pas un centime.

Bonne lecture, et excellente semaine à toutes et à tous !

Les répercussions de ce changement sont profondes et durables.

En somme, c'est un véritable pont entre la théorie et la pratique.

Entrez dans l'avenir avec confiance et laissez libre cours à votre imagination.

Naviguer dans ces eaux inconnues exige une vision audacieuse et un engagement sans faille.

Cela illustre parfaitement le potentiel transformateur des technologies émergentes.

La connaissance est l'avantage concurrentiel ultime de notre ère numérique.

Vous ne voudrez pas manquer ce regard exclusif dans les coulisses.

Alors que nous avançons, célébrons nos réussites et relevons ensemble les défis à venir.
"""


def _sentences(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.strip().split("\n\n"))


PASTED = {"en": _sentences(_ENGLISH), "fr": _sentences(_FRENCH)}
"""Forty sentences in each language."""
