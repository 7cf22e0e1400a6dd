"""Results that a campaign expects back: what, from where, until when, and whether they came.

An expectation is kept when a campaign has gone out, under the client, in the ledger of lessons; it
is met by a point of a channel's result dated after the campaign. Nothing is guessed: a result that
no record has is awaited, and overdue past its day.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from savoirfaire.graphs.campaigning.state import Campaign, CampaignRequest, Context
from savoirfaire.knowledge.brandos.forms import ChannelPerformance
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.hashing import payload_hash

EXPECTED = "campaign.expected"
"""The name under which expectations are kept among the lessons."""

_MANY = 1000

Standing = Literal["awaited", "overdue", "arrived"]


@dataclass(frozen=True)
class Awaited:
    """A result expected of a campaign. `came` is the value that a record has, None before."""

    run: str
    title: str
    channel: str
    metric: str
    since: str
    by: str
    value: float | None
    unit: str
    came: float | None
    standing: Standing

    def as_dict(self) -> dict[str, Any]:
        """The expectation as plain data."""
        return asdict(self)


class Expecting:
    """The last step of a campaign."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def expect(self, state: Campaign, runtime: Context) -> dict[str, Any]:
        """Keep what is expected back, where anything of the campaign was published.

        A channel of the campaign that a person rejected brings nothing back.
        """
        request, context = CampaignRequest(**state["request"]), runtime.context
        if not state.get("published"):
            return {"awaited": []}
        kept = [
            {"run": context.run, **each.model_dump(), "since": request.date}
            for each in request.expects
            if _went_out(state, each.channel)
        ]
        for each in kept:
            self._ledger.add_lesson(
                context.scope,
                payload_hash([EXPECTED, each]),
                graph=EXPECTED,
                run=context.run,
                before=request.title,
                after=json.dumps(each, ensure_ascii=False),
                reason="",
                author=state["decisions"]["angle"].get("decided_by", ""),
            )
        return {"awaited": kept}


def _went_out(state: Campaign, channel: str) -> bool:
    part = state.get("parts", {}).get(channel.casefold())
    return part is None or bool(part["published"])


def awaited(
    knowledge: Knowledge, scope: ClientScope, *, today: str, run: str = ""
) -> list[Awaited]:
    """The results that a client's campaigns expect, the soonest first; of one run where named.

    `today` is a day in ISO form.
    """
    kept = knowledge.ledger.lessons(scope, EXPECTED, limit=_MANY)
    told = [{"title": each.before, **json.loads(each.after)} for each in kept]
    mine = [each for each in told if run in {"", each["run"]}]
    if not mine:
        return []
    records = knowledge.brand_os.list(scope, kind="channel_performance")
    series = [each.data for each in records if isinstance(each.data, ChannelPerformance)]
    return sorted((_standing(each, series, today) for each in mine), key=lambda each: each.by)


def _standing(told: Mapping[str, Any], series: Sequence[ChannelPerformance], today: str) -> Awaited:
    came = _came(told, series)
    standing: Standing = "arrived" if came is not None else "awaited"
    if came is None and told["by"] < today:
        standing = "overdue"
    return Awaited(came=came, standing=standing, **told)


def _came(told: Mapping[str, Any], series: Sequence[ChannelPerformance]) -> float | None:
    """The newest value of the channel and metric since the campaign, if there is one."""
    wanted = (told["channel"].casefold(), told["metric"].casefold())
    points = [
        point
        for each in series
        if (each.channel.casefold(), each.metric.casefold()) == wanted
        for point in each.points
        if str(point.date) > told["since"]
    ]
    return max(points, key=lambda each: each.date).value if points else None
