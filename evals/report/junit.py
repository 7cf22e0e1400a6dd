"""JUnit XML of a replay, as build servers read it."""

import re
from xml.etree import ElementTree as ET

from savoirfaire.evals.replaying.findings import Outcome
from savoirfaire.evals.replaying.many import Replayed

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_of(told: Replayed) -> bytes:
    """One test case a task; findings are its failure, or its error."""
    figures = told.summary()
    suite = ET.Element(
        "testsuite",
        name=told.suite,
        tests=str(figures["tasks"]),
        failures=str(figures["failed"]),
        errors=str(figures["errors"]),
        time=f"{told.seconds:.3f}",
    )
    for outcome in told.outcomes:
        suite.append(_case(told.suite, outcome))
    root = ET.Element("testsuites")
    root.append(suite)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _case(suite: str, outcome: Outcome) -> ET.Element:
    case = ET.Element(
        "testcase", classname=suite, name=_clean(outcome.task), time=f"{outcome.seconds:.3f}"
    )
    if outcome.verdict != "passed":
        kinds = ", ".join(dict.fromkeys(each.kind for each in outcome.findings))
        name = "error" if outcome.verdict == "error" else "failure"
        told = ET.SubElement(case, name, message=kinds)
        told.text = _clean(
            "\n".join(
                f"{each.kind} · {each.where}\n  " + "\n  ".join(each.words)
                for each in outcome.findings
            )
        )
    return case


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
