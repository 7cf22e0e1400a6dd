"""Results as a log in Inspect's format, version 2, which its viewer and its reader open.

Only its documented fields are written, as plain JSON: nothing of Inspect is needed to write it.
The form follows `inspect_ai.log.EvalLog` of inspect-ai 0.3. A sample is a task, an epoch a trial.
What a judge abstained from is no score, and stands in the sample's metadata.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from savoirfaire.evals.graders.grading import Graded
from savoirfaire.evals.live.results import Results, Trial
from savoirfaire.evals.tasks.folder import Task

FORM = 2
_NONE = "none/none"  # a replay has no model; Inspect wants a name with its provider


def log_of(results: Results, tasks: Iterable[Task] = ()) -> dict[str, Any]:
    """The results as a log; of `tasks` come what was asked for and the recorded text."""
    known = {task.name: task for task in tasks}
    made = _instant(results.path.stat().st_mtime)
    summary, head = results.summary(), results.head
    model = head.model or _NONE
    samples = [_sample(each, known.get(each.task), model) for each in results.latest()]
    return {
        "version": FORM,
        "status": "error" if summary["errors"] else "success",
        "eval": {
            "eval_id": f"{head.suite}-{head.label}",
            "run_id": head.work[:22],
            "task_id": head.suite,
            "created": made,
            "task": head.suite,
            "dataset": {"name": head.suite, "samples": summary["tasks"], "shuffled": False},
            "model": model,
            "config": {"epochs": max((each.trial for each in results.trials), default=1)},
            "metadata": {"label": head.label, "mode": head.mode, "judge": head.judge},
        },
        "plan": {"name": "savoir", "steps": [], "config": {}},
        "results": {
            "total_samples": len(samples),
            "completed_samples": summary["trials"],
            "scores": [_measure(name, value) for name, value in results.metrics().items()],
        },
        "stats": {
            "started_at": made,
            "completed_at": made,
            "model_usage": {model: _usage(*summary["tokens"])},
        },
        "samples": samples,
    }


def _sample(trial: Trial, task: Task | None, model: str) -> dict[str, Any]:
    scores = [each for each in trial.grades if not each.abstained]
    done = trial.status == "done"
    return {
        "id": trial.task,
        "epoch": trial.trial,
        "input": json.dumps(task.request, ensure_ascii=False, indent=1) if task else trial.task,
        "target": Graded(task, task.expected).text if task else "",
        "output": _output(trial, model),
        "scores": {
            each.name: {"value": each.score, "explanation": each.words or None} for each in scores
        },
        "metadata": {
            "client": trial.client,
            "end": trial.end,
            "error": trial.error,
            "assumed": trial.assumed,
            "abstained": {each.name: each.words for each in trial.grades if each.abstained},
        },
        "model_usage": {model: _usage(*trial.tokens)},
        "total_time": trial.seconds,
        "error": None if done else _error(trial.error),
    }


def _output(trial: Trial, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": trial.text, "source": "generate"}
    return {"model": model, "choices": [{"message": message, "stop_reason": "stop"}]}


def _error(words: str) -> Mapping[str, str]:
    return {"message": words, "traceback": "", "traceback_ansi": ""}


def _measure(name: str, value: float) -> dict[str, Any]:
    metrics = {"mean": {"name": "mean", "value": value, "params": {}}}
    return {"name": name, "scorer": name, "params": {}, "metrics": metrics}


def _usage(read: int, written: int) -> dict[str, int]:
    return {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
