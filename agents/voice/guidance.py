"""A voice in a few lines of words, for whoever writes in it: a person or a prompt."""

from savoirfaire.agents.voice.profile import VoiceProfile

_SHARE = 0.6  # of the editions: what is told as a habit
_WORDS = {
    "en": {
        "sentence": "Sentences: half have {low} to {high} words; hardly any passes {most}.",
        "item": "Items: half have {low} to {high} words.",
        "edition": "An edition: {low} to {high} words.",
        "opening": "Editions open with: “{words}…”",
        "closing": "Editions end with: “{words}…”",
        "sections": "Sections, in this order: {names}.",
        "address": "Says: {said}. Hardly ever says: {unsaid}.",
        "marks": "Hardly ever uses: {names}.",
        "avoided": "Never says: {words}.",
        "none": "none",
    },
    "fr": {
        "sentence": "Phrases\u00a0: la moitié ont {low} à {high} mots\u00a0; presque aucune ne"
        " dépasse {most}.",
        "item": "Entrées\u00a0: la moitié ont {low} à {high} mots.",
        "edition": "Une édition\u00a0: {low} à {high} mots.",
        "opening": "Les éditions s'ouvrent sur «\u00a0{words}…\u00a0»",
        "closing": "Les éditions se terminent par «\u00a0{words}…\u00a0»",
        "sections": "Rubriques, dans cet ordre\u00a0: {names}.",
        "address": "Dit\u00a0: {said}. Ne dit presque jamais\u00a0: {unsaid}.",
        "marks": "N'emploie presque jamais\u00a0: {names}.",
        "avoided": "Ne dit jamais\u00a0: {words}.",
        "none": "rien",
    },
}
_TOLD = {"words in a sentence": "sentence", "words in an item": "item"}


def guidance(voice: VoiceProfile) -> str:
    """The voice as lines of plain words, in its own language."""
    words, habits = _WORDS[voice.language], voice.habits
    lines = [
        words[what].format(low=round(at[1]), high=round(at[3]), most=round(habits.longest))
        for name, what in _TOLD.items()
        if (at := habits.lengths.get(name))
    ]
    if whole := habits.lengths.get("words in an edition"):
        lines.append(words["edition"].format(low=round(whole[0]), high=round(whole[-1])))
    for what, (run, share) in (("opening", habits.opening), ("closing", habits.closing)):
        if run and share >= _SHARE:
            lines.append(words[what].format(words=run))
    if habits.sections:
        names = ", ".join(each.name for each in habits.sections)
        lines.append(words["sections"].format(names=names))
    lines.append(_address(words, voice))
    unused = [name for name, rate in habits.marks.items() if voice.hardly(rate)]
    if unused:
        lines.append(words["marks"].format(names=", ".join(unused)))
    if habits.avoided:
        lines.append(words["avoided"].format(words=", ".join(habits.avoided)))
    return "\n".join(lines)


def _address(words: dict[str, str], voice: VoiceProfile) -> str:
    rates = voice.habits.address
    said = [name for name, rate in rates.items() if not voice.hardly(rate)]
    unsaid = [name for name in rates if name not in said]
    none = words["none"]
    return words["address"].format(said=", ".join(said) or none, unsaid=", ".join(unsaid) or none)
