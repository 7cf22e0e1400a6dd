"""The page of a comparison: the verdict, how sure it is, and what changed in each task."""

from html import escape

from savoirfaire.evals.live.results import Results
from savoirfaire.evals.report.citing import changes
from savoirfaire.evals.report.page import filter_field, number, page, part, t, table
from savoirfaire.evals.report.plots import dots
from savoirfaire.evals.report.scored import metrics_table
from savoirfaire.evals.statistics.comparing import Comparison, Pair

_TONES = {"better": "good", "worse": "bad", "cannot tell": "mark"}


def page_of(a: Results, b: Results, found: Comparison, *, language: str = "en") -> str:
    """Version b against version a, as one page."""
    body = [
        f'<p class="big {_TONES[found.verdict]}">{t(found.verdict)}</p>',
        *_sureness(found),
        _versions(a, b, found),
        f"<h2>{t('differences')}</h2>",
        _plot(found),
        f"<h2>A · {escape(a.head.label)}</h2>",
        metrics_table(a),
        f"<h2>B · {escape(b.head.label)}</h2>",
        metrics_table(b),
        f"<h2>{t('changes')}</h2>",
        filter_field(),
        *_tasks(a, b, found),
    ]
    title = f"{a.head.suite}: {a.head.label} → {b.head.label}"
    return page(title, body, language=language)


def _sureness(found: Comparison) -> list[str]:
    low, high = (round(100 * each, 1) for each in found.interval)
    said = {"difference": round(100 * found.difference, 1), "low": low, "high": high, "p": found.p}
    made = [f"<p>{t('difference', **said)}</p>"]
    if found.visible is None:
        made.append(f"<p>{t('blind')}</p>")
    else:
        made.append(f"<p>{t('visible', n=round(100 * found.visible, 1))}</p>")
    if found.over == "task":
        made.append(f'<p class="soft">{t("over_task")}</p>')
    else:
        made.append(f'<p class="soft">{t("over_client", clusters=found.clusters)}</p>')
    alone = [*found.only_a, *found.only_b]
    return [*made, *([f"<p>{t('only', names=', '.join(alone))}</p>"] if alone else [])]


def _versions(a: Results, b: Results, found: Comparison) -> str:
    rows = [
        [name, escape(each.head.label), escape(each.head.model), number(mean), number(cost, 6)]
        for name, each, mean, cost in (
            ("A", a, found.a, a.summary()["cost"]),
            ("B", b, found.b, b.summary()["cost"]),
        )
    ]
    columns = [t("version"), "", "", t("mean"), t("cost")]
    return table(columns, rows, numeric=[3, 4])


def _plot(found: Comparison) -> str:
    low, high = (100 * each for each in found.interval)
    rows = [("B − A", 100 * found.difference, low, high)]
    moved = [each for each in found.tasks if each.a != each.b]
    for each in sorted(moved, key=lambda each: (each.b - each.a, each.task)):
        value = 100 * (each.b - each.a)
        rows.append((each.task, value, value, value))
    reach = max(10.0, *(max(abs(low), abs(high)) for _, _, low, high in rows))
    return dots(rows, low=-reach, high=reach, at=0.0, title="differences by task, in points")


def _tasks(a: Results, b: Results, found: Comparison) -> list[str]:
    old, new = (_texts(each) for each in (a, b))
    order = sorted(found.tasks, key=lambda each: (each.b - each.a, each.task))
    return [_task(each, old.get(each.task, ""), new.get(each.task, "")) for each in order]


def _texts(results: Results) -> dict[str, str]:
    """The text of each task's first trial."""
    return {each.task: each.text for each in reversed(results.latest())}


def _task(pair: Pair, old: str, new: str) -> str:
    value = round(100 * (pair.b - pair.a), 1)
    tone = "good" if value > 0 else "bad" if value < 0 else "soft"
    sign = "+" if value > 0 else ""
    summary = (
        f'<strong>{escape(pair.task)}</strong> <span class="soft">{escape(pair.client)}</span>'
        f'<span class="n {tone}">{sign}{number(value)}</span>'
    )
    body = f"<p>{number(pair.a)} → {number(pair.b)}</p>"
    same = f"<p>{t('same_text')}</p>"
    body += same if old == new else changes(old, new, place=f"c-{escape(pair.task, quote=True)}")
    return part(f"{pair.task} {pair.client}", summary, body, is_open=bool(value))
