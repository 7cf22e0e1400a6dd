"""Whether a sentence of a reply states something, or is a greeting, thanks, a question, a closing.

By its words, in French and English alike. It errs towards stating: what it takes for courtesy
needs no source, and nobody would look at it.
"""

import re

from savoirfaire.knowledge.sketches import analyse
from savoirfaire.tools.mail.cues import cues

_FLAGS = re.IGNORECASE
_COURTESY = re.compile(
    r"\b(?:hello|hi|dear|good (?:morning|afternoon|evening|day)|thanks?|thank you|sorry|apolog\w+"
    r"|(?:best|kind|warm|kindest|warmest|many) (?:regards|wishes|greetings)|regards|greetings"
    r"|yours|sincerely|faithfully|cordially|cheers|welcome back|take care|see you|until then"
    r"|look(?:ing)? forward"
    r"|(?:we|i) (?:do )?(?:hope|understand|appreciate|regret|wish|apologise|apologize)"
    r"|(?:happy|glad|pleased|delighted) (?:to|that|you)|congratulations|please|kindly"
    r"|have a (?:\w+ )?(?:day|evening|week|weekend|time)|enjoy|(?:let us|let me) know"
    r"|(?:do not|don['’]t) hesitate|feel free|at your disposal|noted"
    r"|(?<=\w )your (?:mail|e-mail|email|message|letter|question|request|note|words)"
    r"|you (?:ask|asked|write|wrote|mention|mentioned|say|told)"
    r"|(?:do not|don['’]t|cannot|can['’]t) (?:yet )?(?:know|say|tell)|have no (?:\w+ )?information"
    r"|bonjour|bonsoir|salut|madame|monsieur|mesdames|messieurs|ch(?:er|ère)s?|merci|remerci\w+"
    r"|désolée?s?|excus\w+|pardon|regrett\w+|cordialement|sincèrement|salutations|respectueusement"
    r"|amicalement|bien à (?:vous|toi)|à (?:très )?bientôt|au plaisir|au revoir|avec plaisir"
    r"|(?:bonne|belle|excellente) (?:journée|soirée|semaine|fin|continuation|réception|lecture"
    r"|année)"
    r"|bon (?:week-end|courage|après-midi)|espér\w+|souhait\w+|attend(?:ons|s)|compren(?:ons|ds)"
    r"|ravie?s?|heureu(?:x|se|ses)|enchantée?s?|félicit\w+|plaisir|veuillez|prions|prie"
    r"|n['’]hésit\w+|disposition|(?:avons|ai) (?:bien )?(?:noté|lu|pris note)|bien noté"
    r"|accus\w+ réception|(?<=\w )vo(?:tre|s) (?:mail|courriel|e-mail|email|message|lettre|question"
    r"|demande|mot|retour|intérêt|confiance)s?"
    r"|vous (?:nous |me )?(?:demandez|écrivez|dites|évoquez|posez)"
    r"|ne (?:savons|sais|pouvons|peux) pas (?:encore |vous )?(?:dire|répondre|si|quand)"
    r"|(?:pas|aucune) (?:d['’])?information|pleasure|pity|sounds|vous salue(?:nt)?|gratitude)\b"
    r"|\A\s*(?:best|warmly|welcome|bienvenue)\W*\Z"
    r"|\A\s*(?:(?:the|your) )?(?:\w+ ){0,3}team\W*\Z"
    r"|\A\s*(?:toute )?(?:l['’]|votre )équipe\b[\w '’-]{0,40}\W*\Z",
    _FLAGS,
)
_TELLS = re.compile(
    r"\b(?:confirm\w*|inform you|tell you|announce|say that|let you know"
    r"|(?:please )?note (?:that|the)"
    r"|be (?:aware|advised)|remind|(?:regret|sorry|apologise) (?:that )?(?:we|it|there)\b"
    r"|unable|unfortunately|vous (?:informer|confirmer|annoncer|dire|préciser|rappeler|signaler)"
    r"|not(?:er|ez) que|sach(?:ez|er)|malheureusement|regrett\w+ de ne|désolée?s? de ne)\b",
    _FLAGS,
)
_CLAUSE = re.compile(
    r"[,;:.!?…–—]+\s|\s(?:but|because|so|which|mais|car|donc)\s"
    r"|\s(?:and|et)\s(?=(?:we|it|they|there|the|our|you|nous|il|elle|ils|elles|le|la|les|vous"
    r"|notre|nos)\b)",
    _FLAGS,
)
_ASSERTS = re.compile(
    r"\b(?:we|it|they|there|is|are|was|were|will|can|may|must|has|have|do|does|costs?|takes?|yes|no"
    r"|not|nous|il|elle|ils|elles|on|est|sont|sera|seront|peut|pouvez|pouvons|avons|avez|ont|doit"
    r"|devez|oui|non|ne|pas|faut|coûte\w*)\b"
    r"|\A\s*(?:the|our|le|la|les|l['’]|notre|nos)\b",
    _FLAGS,
)
_OF_WRITER = re.compile(r"\s*(?:you|your|vous|votre|vos)\b", _FLAGS)
_GRANTS = re.compile(
    r"\b(?:may|can|must|will|should|need|welcome|yes|no|not|pouvez|pourrez|devez|devrez|faut|oui"
    r"|non|pas|sera|serez)\b",
    _FLAGS,
)
_GLAD = re.compile(
    r"\bwill (?:all )?(?:be|do our best)\b(?! (?:sent|ready|there|closed|open))", _FLAGS
)


def asks(text: str) -> bool:
    """Whether a sentence is a question."""
    return text.rstrip(' "”»)').endswith("?")


def states(text: str, mail: str) -> bool:
    """Whether a sentence states what a source has to bear out; `mail` is what it answers.

    What repeats the mail to its writer states nothing; a promise always does.
    """
    if asks(text):
        return False
    if cues(_GLAD.sub(" ", text)).promises or _TELLS.search(text):
        return True
    if _repeats(text, mail):
        return False
    if not _COURTESY.search(text):
        return True
    clauses = [each for each in _CLAUSE.split(text) if each.strip()]
    return any(_ASSERTS.search(each) and not _COURTESY.search(each) for each in clauses)


def _repeats(text: str, mail: str) -> bool:
    """Whether a sentence tells the writer, of themselves, only what they wrote."""
    if not _OF_WRITER.match(text) or _GRANTS.search(text):
        return False
    return set(analyse(text).stems.tolist()) <= set(analyse(mail).stems.tolist())
