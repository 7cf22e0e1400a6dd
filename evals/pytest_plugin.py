"""A suite as a test module: each task a test, with a failure that can be read.

In a `conftest.py`:

    pytest_plugins = ["savoirfaire.evals.pytest_plugin"]

and in a test module:

    @pytest.mark.savoir_suite("extraction")
    def test_extraction(savoir_outcome):
        assert_as_recorded(savoir_outcome)

The mark takes a suite's name or its path, `homes=[…]` for folders of suites, and what `replay`
takes. A test that asks for `savoir_task` gets the task, and runs it as it likes.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from savoirfaire.evals.replaying.findings import Outcome
    from savoirfaire.evals.tasks.folder import Task

MARK = "savoir_suite"
_SHOWN = 5


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    line = f"{MARK}(suite, *, homes=(), **replay): run the test once for each task of a suite"
    config.addinivalue_line("markers", line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a marked test every task of its suite, by name."""
    mark = metafunc.definition.get_closest_marker(MARK)
    if mark is None or "savoir_task" not in metafunc.fixturenames:
        return
    from savoirfaire.evals.tasks.suites import find_suite  # noqa: PLC0415 - only marked tests need it

    homes = [Path(each) for each in mark.kwargs.get("homes", ())]
    suite = find_suite(str(mark.args[0]), homes)
    metafunc.parametrize("savoir_task", suite.tasks, ids=[each.name for each in suite.tasks])


@pytest.fixture
def savoir_outcome(request: pytest.FixtureRequest, savoir_task: "Task") -> "Outcome":
    """The task, replayed as the mark says."""
    from savoirfaire.evals.replaying.replay import replay  # noqa: PLC0415 - only marked tests need it

    mark = request.node.get_closest_marker(MARK)
    given: dict[str, Any] = dict(mark.kwargs) if mark else {}
    given.pop("homes", None)
    return replay(savoir_task, **given)


def assert_as_recorded(outcome: "Outcome") -> None:
    """Fail, with every difference in words, unless the replay was the recorded run."""
    if outcome.verdict != "passed":
        pytest.fail(told(outcome), pytrace=False)


def told(outcome: "Outcome") -> str:
    """What a replay found, for people."""
    lines = [f"{outcome.task} is not as recorded"]
    for each in outcome.findings:
        lines.append(f"  {each.kind} · {each.where}")
        lines += [f"    {words}" for words in each.words[:_SHOWN]]
        more = len(each.words) - _SHOWN
        lines += [f"    and {more} more"] if more > 0 else []
    return "\n".join(lines)
