"""The page of a replay: what is not as it was recorded, task by task."""

from html import escape

from savoirfaire.evals.replaying.findings import Finding, Outcome
from savoirfaire.evals.replaying.many import Replayed
from savoirfaire.evals.report.page import filter_field, number, page, part, t

_MOST = 50


def page_of(told: Replayed, *, language: str = "en") -> str:
    """A replay as one page."""
    figures = told.summary()
    tone = "good" if told.passed else "bad"
    head = t("of_tasks", passed=figures["passed"], tasks=figures["tasks"])
    order = sorted(told.outcomes, key=lambda each: (each.verdict == "passed", each.task))
    body = [f'<p class="big {tone}">{head}</p>', filter_field(), *map(_task, order)]
    return page(told.suite, body, language=language)


def _task(outcome: Outcome) -> str:
    tone = "good" if outcome.verdict == "passed" else "bad"
    summary = (
        f"<strong>{escape(outcome.task)}</strong> "
        f'<span class="soft">{escape(outcome.client)}</span> '
        f'<span class="n {tone}">{t(outcome.verdict)}</span>'
    )
    found = "".join(map(_finding, outcome.findings)) or f"<p>{t('nothing')}</p>"
    time = f'<p class="soft">{number(outcome.seconds)} {t("seconds")}</p>'
    is_open = outcome.verdict != "passed"
    return part(f"{outcome.task} {outcome.client}", summary, found + time, is_open=is_open)


def _finding(finding: Finding) -> str:
    words = "\n".join(finding.words[:_MOST])
    head = f"<p><strong>{t(finding.kind)}</strong> · {escape(finding.where)}</p>"
    return f"{head}<pre>{escape(words)}</pre>"
