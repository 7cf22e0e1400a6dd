"""What the fields of records are called."""

from savoirfaire.cli.messages import _, mark

_FIELDS = {
    "approach": mark("approach"),
    "audience": mark("audience"),
    "budget": mark("budget"),
    "challenge": mark("challenge"),
    "changes": mark("changes"),
    "channel": mark("channel"),
    "constraints": mark("constraints"),
    "context": mark("context"),
    "customer": mark("client"),
    "date": mark("date"),
    "deadline": mark("deadline"),
    "decided_on": mark("decided on"),
    "deliverables": mark("deliverables"),
    "description": mark("description"),
    "evidence": mark("evidence"),
    "industry": mark("industry"),
    "message": mark("message"),
    "notes": mark("notes"),
    "objective": mark("objective"),
    "positioning": mark("positioning"),
    "reason": mark("reason"),
    "result": mark("result"),
    "rules": mark("rules"),
    "services": mark("services"),
    "site": mark("site"),
    "statement": mark("in short"),
    "strengths": mark("strengths"),
    "terms": mark("terms"),
    "topic": mark("topic"),
    "trends": mark("trends"),
    "weaknesses": mark("weaknesses"),
    "what": mark("what"),
    "why": mark("why"),
}


def field_words(name: str) -> str:
    """A field as people call it."""
    return _(_FIELDS[name]) if name in _FIELDS else name.replace("_", " ")
