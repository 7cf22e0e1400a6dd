"""The form of a recorded task: plain data, closed, so that a damaged file is known at once.

A task is one directory. `task.json` says what was run and by what, and has the hash of every other
file: `input.json` (the request), `knowledge.json` with `texts/` (what was known), `tape.jsonl`
(what was asked of the model and of the knowledge), `decisions.json` (what people answered) and
`expected.json` (how the run ended).
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from savoirfaire.agents.model import Endpoint
from savoirfaire.agents.replies import Structured

Status = Literal["completed", "needs_attention", "waiting"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Closed):
    """How the model was asked. `offline`: replies were composed, and no tape has them."""

    mode: Literal["replay", "offline"] = "replay"
    name: str = ""
    structured: Structured = "json_schema"
    temperature: float | None = None
    max_tokens: int = 4096

    def endpoint(self) -> Endpoint:
        """The endpoint that asks in this way, without an address."""
        return Endpoint(
            name=self.name,
            structured=self.structured,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )


class Header(_Closed):
    """What `task.json` says.

    `clock` is the instant up to which the run knew anything; `seed` is what chance is drawn from;
    `prompts` has the SHA-256 of the prompt of each role that was asked; `snapshot` is the hash of
    what was known. `files` has the SHA-256 of every file, by its path.
    """

    form: Literal[1] = 1
    task: str
    client: str
    language: Literal["en", "fr"]
    graph: str
    fingerprint: str
    prompts: dict[str, str]
    model: Model
    run: str
    clock: str
    seed: int
    snapshot: str
    anonymised: bool = False
    tags: list[str] = []
    files: dict[str, str] = {}


class Decision(_Closed):
    """What a person answered at a gate, bound to exactly what was shown.

    `occurrence` counts the questions of this gate in the run, from 1. `shown` are the arguments
    of the action, whose hash is `payload_hash`. `answer` is what the gate was handed.
    """

    gate: str
    occurrence: int = Field(ge=1)
    payload_hash: str
    shown: dict[str, Any]
    answer: dict[str, Any]

    @property
    def verdict(self) -> str:
        """What was answered, in a word."""
        return str(self.answer["decisions"][0]["type"])


class Passed(_Closed):
    """An item that the policy in force let pass at a gate, or asked about, and why."""

    gate: str
    payload_hash: str
    plan: dict[str, Any]
    approval: str = ""


class Decisions(_Closed):
    """All that was decided in a run, by people and by the policy."""

    people: list[Decision] = []
    policy: list[Passed] = []


class Expected(_Closed):
    """How the run ended, in canonical form.

    `state` is what its steps wrote; `effects` what it left behind: published files, records,
    lessons; `steps` the nodes in order; `played` how often each exchange was asked for, by the
    first 16 digits of its key.
    """

    status: Status
    error: str = ""
    words: str = ""
    state: dict[str, Any] = {}
    effects: dict[str, Any] = {}
    steps: list[str] = []
    played: dict[str, int] = {}


class KnownSource(_Closed):
    """A source as it was: all that is said of it, and the name of its text in `texts/`.

    `spans` are its passages as start, end, heading and when they were recorded.
    """

    path: str
    kind: str
    title: str
    date: str | None = None
    language: str | None = None
    sha256: str
    text: str = Field(pattern=r"^[0-9a-f]{16}\.txt$")
    locators: list[dict[str, Any]] = []
    author: str | None = None
    channel: str | None = None
    thread: str | None = None
    place: int | None = None
    container: str | None = None
    meta: dict[str, Any] = {}
    ingested_at: str
    spans: list[tuple[int, int, str, str]]


class Snapshot(_Closed):
    """What was known of a client: sources, and the rows of other tables as plain data.

    `house` is what was known of the agency itself, where the workspace had a client for it and the
    run was another's; without one it is not written, so that older tasks keep their hash.
    """

    client: str
    language: Literal["en", "fr"]
    retrieval: dict[str, Any] | None = None
    sources: list[KnownSource] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    house: "Snapshot | None" = None

    @property
    def parts(self) -> "list[Snapshot]":
        """What was known of each client: of the run's own, and of the house if there was one."""
        return [self] if self.house is None else [self, self.house]

    @model_serializer(mode="wrap")
    def _without_no_house(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = handler(self)
        return {key: each for key, each in told.items() if key != "house" or each is not None}
