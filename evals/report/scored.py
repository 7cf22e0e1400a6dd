"""The page of a version's scores: measures, tasks, and what each grader had to say."""

from html import escape

from savoirfaire.evals.graders.grading import Grade
from savoirfaire.evals.live.results import Results, Trial
from savoirfaire.evals.report.page import filter_field, number, page, part, t, table
from savoirfaire.evals.report.plots import dots, scatter
from savoirfaire.evals.statistics.comparing import Scored, mean_interval

_LONGEST = 20_000


def page_of(results: Results, *, language: str = "en") -> str:
    """A version as one page."""
    summary, scored = results.summary(), results.scored()
    told = {key: summary[key] for key in ("trials", "tasks", "errors")}
    body = [
        f"<p>{t('run_of', model=results.head.model or '–', **told)}</p>",
        f"<h2>{t('metrics')}</h2>",
        metrics_table(results),
        f"<h2>{t('scores')}</h2>",
        _plot(scored),
    ]
    if any(each.cost for each in scored):
        points = [(each.task, each.cost, each.mean) for each in scored]
        body += [f"<h2>{t('cost_quality')}</h2>", scatter(points, title="cost against quality")]
    body += [f"<h2>{t('tasks')}</h2>", filter_field(), *_tasks(results)]
    return page(f"{results.head.suite} · {results.head.label}", body, language=language)


def metrics_table(results: Results) -> str:
    """Every measure, with the interval that its tasks leave believable."""
    names = sorted({grade.name for each in results.trials for grade in each.grades})
    rows = []
    for name in ["", *names]:
        scored = results.scored(name)
        if name and not scored:
            continue
        low, high = mean_interval(scored)
        label = escape(name) if name else f"<strong>{t('score')}</strong>"
        value = sum(each.mean for each in scored) / len(scored) if scored else 0.0
        rows.append([label, number(value), f"{number(low)} – {number(high)}"])
    rows += [
        [f"{t('pass_hat')}: k = {key.rpartition('^')[2]}", number(value), ""]
        for key, value in results.metrics().items()
        if key.startswith("pass^")
    ]
    summary = results.summary()
    read, written = summary["tokens"]
    rows.append([t("tokens"), f"{number(read)} + {number(written)}", ""])
    rows.append([t("cost"), number(summary["cost"], 6), ""])
    return table([t("metric"), t("mean"), t("interval")], rows, numeric=[1, 2])


def _plot(scored: list[Scored]) -> str:
    rows = [
        (each.task, each.mean, min(each.scores), max(each.scores))
        for each in sorted(scored, key=lambda each: (each.mean, each.task))
    ]
    return dots(rows, low=0.0, high=1.0, at=1.0, title="scores by task")


def _tasks(results: Results) -> list[str]:
    by_task: dict[str, list[Trial]] = {}
    for trial in results.latest():
        by_task.setdefault(trial.task, []).append(trial)
    return [_task(name, trials) for name, trials in sorted(by_task.items())]


def _task(name: str, trials: list[Trial]) -> str:
    scores = [each.score for each in trials if each.status == "done"]
    mean = sum(scores) / len(scores) if scores else 0.0
    tone = "good" if scores and mean == 1 else "bad"
    summary = (
        f'<strong>{escape(name)}</strong> <span class="soft">{escape(trials[0].client)}</span>'
        f'<span class="n {tone}">{number(mean)}</span>'
    )
    return part(
        f"{name} {trials[0].client}", summary, "".join(map(_trial, trials)), is_open=mean < 1
    )


def _mark(grade: Grade) -> str:
    return t("abstained") if grade.abstained else number(grade.score)


def _trial(trial: Trial) -> str:
    head = f"<h3>{t('trial', n=trial.trial)} · {escape(trial.end)} {escape(trial.error)}</h3>"
    grades = table(
        [t("metric"), t("score"), ""],
        [[escape(each.name), _mark(each), escape(each.words)] for each in trial.grades],
        numeric=[1],
    )
    if not trial.text:
        return f'{head}{grades}<p class="soft">{t("no_text")}</p>'
    return f"{head}{grades}<p>{t('text')}</p><pre>{escape(trial.text[:_LONGEST])}</pre>"
