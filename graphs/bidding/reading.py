"""What a proposal is written from: the brief, rates, past work, and what the agency says of itself.

The brief is the run's client's. What is the agency's own stands under the client `house` where
there is one, which is read in a scope of its own, and with the run's client where there is none.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from savoirfaire.agents.bids.asks import asks, budgets, deadlines
from savoirfaire.agents.bids.clauses import clauses
from savoirfaire.agents.bids.fit import best
from savoirfaire.agents.bids.requirements import requirements
from savoirfaire.agents.forms import Language, Passage
from savoirfaire.errors import RequestError
from savoirfaire.graphs import edition
from savoirfaire.graphs.bidding.state import ProposalRequest
from savoirfaire.graphs.bidding.wording import bare
from savoirfaire.graphs.grounds import grounds
from savoirfaire.graphs.registry import RunContext
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.brandos.records import Record
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.scope import HOUSE, ClientScope
from savoirfaire.knowledge.times import AsOf
from savoirfaire.tools.recall import Recall, named
from savoirfaire.tools.statements import RecalledRecord

_CASES = 3
_PASSAGES = 4
_QUESTIONS = {
    "en": "team roles experience method how we work",
    "fr": "équipe profils expérience méthode manière de travailler",
}


class Library:
    """The reads of one run, each in the scope that it belongs to."""

    def __init__(self, recall: Recall, context: RunContext) -> None:
        self._recall = recall
        self._ledger = recall.knowledge.ledger
        self._scope = context.scope
        self._clock = context.clock
        clients = {name for name, *_rest in self._ledger.clients()}
        self.ours = ClientScope(HOUSE) if HOUSE in clients else self._scope
        self._told: set[str] = set()

    def brief(self, path: str) -> dict[str, Any]:
        """The one source of this path. Raises NotFoundError, RequestError for several or none."""
        rows = self._ledger.sources(self._scope)
        found = named(self._scope, rows, path)
        if len(found) > 1:
            raise RequestError(
                "{path} is {count} sources: a proposal answers one brief",
                path=path,
                count=len(found),
                hint="Name one of them: `savoir sources CLIENT` lists them.",
            )
        text = self._ledger.text(self._scope, found[0])
        if not any(character.isalnum() for character in text):
            raise RequestError("there are no words in {path}", path=path)
        row = next(each for each in rows if each.id == found[0])
        return {"source": row.id, "path": row.path, "title": row.title or row.path, "text": text}

    def brand(self, language: Language) -> BrandPack:
        """In whose voice it is written."""
        own = self._recall.knowledge.brand(self.ours)
        return own or edition.plain_brand(self.ours, language)

    def offer(self, name: str) -> dict[str, Any] | None:
        """The offer of this name, or the only one; None where there is none.

        Raises RequestError where there are several to choose from, or none of this name.
        """
        found: dict[str, Record] = {}
        for scope in dict.fromkeys((self._scope, self.ours)):
            listed = self._recall.knowledge.brand_os.list(scope, kind="offer", as_of=self._point())
            found.update({each.data.plain()["name"]: each for each in listed})
        if not found and not name:
            return None
        if name and name not in found:
            raise RequestError(
                "there is no offer {name}{near}",
                name=name,
                near=near(name, found),
                hint="`savoir brand CLIENT` shows the offers.",
            )
        if not name and len(found) > 1:
            raise RequestError(
                "there are several offers: {names}",
                names=", ".join(sorted(found)),
                hint="Give `offer` the name of one in the request.",
            )
        record = found[name] if name else next(iter(found.values()))
        self._told |= {each.source for each in record.citations}
        return record.data.plain()

    def offers_waiting(self) -> dict[str, int]:
        """How many rate cards wait for review, by the client whose they are."""
        listed = self._recall.knowledge.brand_os.list
        return {
            scope.client: len(listed(scope, kind="offer", status="proposed"))
            for scope in dict.fromkeys((self.ours, self._scope))
        }

    def records(self, kind: str) -> list[RecalledRecord]:
        """The agency's active records of a kind, each with the words of sources that say it."""
        known = self._recall.known(
            self.ours, "", clock=self._clock, node="collect", records=[kind], limit=0, facts=1
        )
        self._told |= {span.source for each in known.records for span in each.spans}
        return known.records

    def passages(self, language: Language, brief: str) -> list[Passage]:
        """What the agency's documents say of how it works and who does.

        Not those that records were read from so far: what they say is known, and no model is shown
        a rate card.
        """
        told = self._told | {brief}
        found = grounds(
            self._recall,
            self.ours,
            _QUESTIONS[language],
            without=_NOT_OURS,
            most=_PASSAGES,
            node="collect",
            clock=self._clock,
            fits=lambda each: each.source not in told,
        )
        return [edition.passage_of(f"S{n}", each) for n, each in enumerate(found, 1)]

    def _point(self) -> AsOf:
        return AsOf(self._clock[: len("2026-01-01")], self._clock)


_NOT_OURS = {"brief", "mail", "brand", "case_study"}


def asked(text: str) -> list[dict[str, Any]]:
    """The requirements of a brief as plain data: the words of each, and the clause to cite."""
    cited = {(each.start, each.end): each.label for each in brief_passages(text, "", "")}
    found = []
    for each in requirements(text):
        label = next((n for (s, e), n in cited.items() if s <= each.start and each.end <= e), "")
        words = bare(each.of(text)).removeprefix(f"{each.label} ")
        # What only announces points asks for nothing beside them.
        force = "information" if words.endswith(":") else each.force
        found.append({**vars(each), "force": force, "words": words, "cited": label})
    return found


def brief_passages(text: str, source: str, path: str) -> list[Passage]:
    """The clauses of a brief, headings left out, as `B1`, `B2` and so on."""
    said = [each for each in clauses(text) if each.kind != "heading"]
    return [
        _passage(f"B{n}", source, path, each.start, each.end, each.of(text), "brief")
        for n, each in enumerate(said, start=1)
    ]


def found_in(text: str, request: ProposalRequest) -> dict[str, Any]:
    """The days, the budget and the questions of a brief, as plain data."""
    return {
        "deadlines": [vars(each) for each in deadlines(text, request.date)],
        "budgets": [
            {
                "words": each.amount.words,
                "currency": each.amount.currency,
                "value": None if each.value is None else str(each.value),
            }
            for each in budgets(text)
        ],
        "asks": [
            vars(each)
            for each in asks(
                text, request.language, today=request.date, valid_days=request.valid_days
            )
        ],
    }


def fitting(brief: str, records: Sequence[RecalledRecord]) -> list[dict[str, Any]]:
    """The case studies that fit a brief, best first, as `C1`, `C2` and so on."""
    fits = best(brief, [each.data for each in records], _CASES)
    return [
        {**_plain(f"C{n}", records[fit.place]), "shared": list(fit.shared)}
        for n, fit in enumerate(fits, start=1)
    ]


def steps_of(records: Sequence[RecalledRecord]) -> list[dict[str, Any]]:
    """The steps of the agency's processes, in order, as `K1`, `K2` and so on."""
    ordered = sorted(records, key=lambda each: (each.data["process"], each.data["order"]))
    return [_plain(f"K{n}", each) for n, each in enumerate(ordered, start=1)]


def record_passage(record: Mapping[str, Any]) -> Passage:
    """A record as what a sentence may cite: its words, field by field; it stands at its spans."""
    span, names = record["spans"][0], _TOLD[record["kind"]]
    words = [record["data"].get(name, "") for name in names]
    quote = "\n\n".join(filter(None, (" ".join(each) if isinstance(each, list) else each
                                       for each in words)))  # fmt: skip
    return _passage(
        record["label"],
        span["source"],
        span["path"],
        span["start"],
        span["end"],
        quote,
        record["kind"],
    )


_TOLD = {
    "case_study": ("name", "customer", "industry", "challenge", "approach", "result", "services"),
    "process_step": ("what", "who", "duration", "notes"),
}


def _plain(label: str, record: RecalledRecord) -> dict[str, Any]:
    spans = [vars(each) for each in record.spans]
    return {"label": label, "kind": record.kind, "data": record.data, "spans": spans}


def template_hash(path: str) -> str:
    """The SHA-256 of a template's bytes; empty for none. Raises RequestError."""
    if not path:
        return ""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise RequestError(
            "the template {path} cannot be read: {reason}", path=path, reason=error.strerror
        ) from error


def _passage(
    label: str, source: str, path: str, start: int, end: int, quote: str, kind: str
) -> Passage:
    return Passage(
        label=label,
        source=source,
        path=path,
        start=start,
        end=end,
        quote=quote,
        kind=kind,
        score=0.0,
    )
