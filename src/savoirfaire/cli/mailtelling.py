"""Why a mail has no reply to decide on, of one mail and of a batch of them."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from savoirfaire.cli.messages import _, number

if TYPE_CHECKING:
    from savoirfaire.graphs.runs import Runs
    from savoirfaire.knowledge.scope import ClientScope

_MOST = 5000  # runs of a batch whose states are read


def undrafted(state: Mapping[str, Any]) -> list[str]:
    """Why there is no reply to decide on, and what to do about it; nothing where there is one."""
    if "route" not in state or state.get("draft", {}).get("sentences"):
        return []
    told = []
    if state.get("routed_by") == "nobody":
        told.append(
            _("No route: triage is not sure and no language model is set. `savoir mail correct`.")
        )
    if "draft" in state:
        nothing = _("No reply was drafted: nothing that is known answers it. Ingest what does.")
        written = _("No reply was drafted: what is known was shown, and did not answer it.")
        told.append(written if state.get("passages") else nothing)
    elif state["request"]["answer"] == "never":
        told.append(_("No reply was drafted: its route only notes. `savoir mail starts`."))
    else:
        told.append(_("No reply was drafted: the mail asks nothing. `--always` drafts one."))
    return told


async def tell_silent(runs: "Runs", scope: "ClientScope", batch: str) -> None:
    """Say of how many mails of a batch no reply was drafted, and why."""
    from savoirfaire.cli.output import table

    ended = runs.list(scope.client, statuses=("completed",), batch=batch, limit=_MOST)
    why = Counter([each for run in ended for each in undrafted(await runs.state(run.id))])
    if why:
        rows = [(number(count), reason) for reason, count in why.most_common()]
        table((_("mails"), _("why there is no reply")), rows)
