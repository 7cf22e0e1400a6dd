"""A voice as people read it: on the terminal, as a plot, and as plain data."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.messages import _, mark, ngettext, number, quoted, short_day

if TYPE_CHECKING:
    from savoirfaire.agents.voice import VoiceProfile, VoiceReport

LENGTHS = (
    mark("words in a sentence"),
    mark("words in a paragraph"),
    mark("words in an item"),
    mark("words in an edition"),
    mark("items in an edition"),
    mark("links per 100 words"),
)
_LANGUAGES = {"fr": mark("French"), "en": mark("English")}
_LATEST = 5
_TOLD = 0.001  # a share is told to a tenth of a percent
_QUOTED = 80  # characters of a quote shown
_FLOOR = -6.0  # spreads: what is further off is drawn there


def as_dict(voice: "VoiceProfile") -> dict[str, Any]:
    """The profile as plain data, without the counts that only the verifier reads."""
    from savoirfaire.agents.voice import guidance
    from savoirfaire.agents.voice.calibration import LIMIT

    past = voice.calibration.past if voice.calibration else ()
    return {
        "language": voice.language,
        "version": voice.version,
        "fingerprint": voice.fingerprint,
        "trust": voice.trust,
        "limit": LIMIT,
        "editions": [each._asdict() for each in voice.editions],
        "past": [round(each, 3) for each in past],
        "habits": _habits(voice),
        "guidance": guidance(voice),
    }


def _habits(voice: "VoiceProfile") -> dict[str, Any]:
    habits = asdict(voice.habits)
    return {**habits, "sections": [each._asdict() for each in voice.habits.sections]}


def summary(voice: "VoiceProfile") -> str:
    """What was learned from, and how far it can be trusted, in a sentence or two."""
    count = len(voice.editions)
    learned = ngettext(
        "{language}: learned from {n} edition.", "{language}: learned from {n} editions.", count
    ).format(language=_(_LANGUAGES[voice.language]), n=number(count))
    return f"{learned} {_trust(voice)}"


def _trust(voice: "VoiceProfile") -> str:
    from savoirfaire.agents.voice.calibration import LEAST
    from savoirfaire.agents.voice.profile import ENOUGH

    if voice.trust == "good":
        return _("Its verdicts can be relied on.")
    if voice.trust == "low":
        return _("Take its verdicts with care: it needs about {n} editions.").format(n=ENOUGH)
    return _("It gives no verdict below {least} editions, and needs about {n}.").format(
        least=LEAST, n=ENOUGH
    )


def page(voice: "VoiceProfile") -> None:
    """Print the whole profile."""
    from savoirfaire.cli.output import line, table

    line(summary(voice))
    line(_latest(voice))
    rows = [
        (_(name), *(number(round(each, 1)) for each in voice.habits.lengths[name]))
        for name in LENGTHS
        if name in voice.habits.lengths
    ]
    table((_("rhythm"), "5 %", "25 %", "50 %", "75 %", "95 %"), rows)
    _skeleton(voice)
    _rates(voice)
    for label, words in (
        (_("Words kept: {words}"), voice.habits.kept),
        (_("Hardly ever says: {words}"), voice.habits.avoided),
    ):
        if words:
            line(label.format(words=", ".join(words)))
    _drawn(voice)


def _latest(voice: "VoiceProfile") -> str:
    names = ", ".join(each.path for each in voice.editions[-_LATEST:][::-1])
    return _("The latest: {names}").format(names=names)


def _skeleton(voice: "VoiceProfile") -> None:
    from savoirfaire.cli.gates import percent
    from savoirfaire.cli.output import line, table

    if voice.habits.sections:
        rows = [(each.name, percent(each.share)) for each in voice.habits.sections]
        table((_("section"), _("of the editions")), rows)
    for label, (words, share) in (
        (_("Opens with “{words}…” ({share} of the editions)"), voice.habits.opening),
        (_("Ends with “{words}…” ({share} of the editions)"), voice.habits.closing),
    ):
        if words:
            line(label.format(words=words, share=percent(share)))


def _rates(voice: "VoiceProfile") -> None:
    from savoirfaire.cli.output import table

    told = {**voice.habits.address, **voice.habits.marks}
    rows = [
        (name, number(round(rate, 2)), _("hardly ever") if voice.hardly(rate) else "")
        for name, rate in told.items()
    ]
    table((_("address and marks"), _("per 1,000 words"), ""), rows)


def _drawn(voice: "VoiceProfile") -> None:
    from savoirfaire.cli.output import line
    from savoirfaire.cli.plots import steps_text

    values, limit = _series(voice)
    if values:
        line(_("How much each past edition reads like the others, the oldest first:"))
        for row in steps_text(values, limit):
            line(row)


def plot(voice: "VoiceProfile") -> str:
    """The same plot as an SVG."""
    from savoirfaire.cli.plots import steps_svg

    days = sorted(each.date for each in voice.editions if each.date)
    return steps_svg(
        _("How much each past edition reads like the others"),
        *_series(voice),
        below=_("below this line, an edition does not pass"),
        ends=(short_day(days[0]), short_day(days[-1])) if days else ("", ""),
    )


def _series(voice: "VoiceProfile") -> tuple[list[float], list[float]]:
    """Each past edition's place in spreads, and the limit under which one does not pass."""
    from scipy.special import stdtrit

    from savoirfaire.agents.voice.calibration import LIMIT

    past = voice.calibration.past if voice.calibration else ()
    if not past:
        return [], []
    least = float(stdtrit(len(past) - 1, LIMIT)) * (1 + 1 / len(past)) ** 0.5
    floor = min(_FLOOR, least)
    return [max(each, floor) for each in past], [least] * len(past)


def told(text: str, report: "VoiceReport") -> None:
    """Print a verdict, then what is off, each with its line and column."""
    from savoirfaire.cli.output import line

    line(_verdict(report))
    for each in report.findings:
        where = _place(text, each.start) if each.end else _("whole text")
        quote = " ".join(each.quote.split())
        short = quote if len(quote) <= _QUOTED else f"{quote[:_QUOTED]}…"
        shown = f" {quoted(short)}" if quote else ""
        line(f"{where}  {each.rule}  {each.message}{shown}")
    typer.echo(
        ngettext("{n} finding.", "{n} findings.", len(report.findings)).format(
            n=number(len(report.findings))
        )
    )


def share_words(score: float) -> str:
    """A share of the voice's own texts, to a tenth of a percent."""
    least = _("less than {n} %") if score < _TOLD else _("{n} %")
    return least.format(n=number(round(100 * max(score, _TOLD), 1)))


def _verdict(report: "VoiceReport") -> str:
    if report.score is None:
        return _("It cannot be told whether this fits: {why}.").format(why=report.why)
    share = share_words(report.score)
    said = (
        _("It fits: of your own texts of this length, {share} read less like you.")
        if report.fits
        else _("It does not fit: of your own texts of this length, {share} read less like you.")
    ).format(share=share)
    return said if report.trust == "good" else f"{said} {_('There are few editions to go by.')}"


def _place(text: str, start: int) -> str:
    """The line and the column, both from 1, as editors have them."""
    before = text.count("\n", 0, start)
    return f"{before + 1}:{start - text.rfind(chr(10), 0, start)}"
