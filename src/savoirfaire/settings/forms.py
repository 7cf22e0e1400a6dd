"""The forms of the settings: what each one is, what it may be, what it is by default."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "SAVOIR_"

Mode = Literal["auto", "live", "offline", "record", "replay"]


@dataclass(frozen=True)
class Allowed:
    """The values a setting takes, in signs that need no translation."""

    text: str


def _address(value: str) -> str:
    """Refuse what is not the http(s) address of a host, or carries a password."""
    parts = urlsplit(value)
    host = parts.hostname and parts.port != 0  # reading the port raises on a bad one
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise ValueError("not an address")
    return value


Address = Annotated[str | None, AfterValidator(_address), Allowed("http://HOST/…, https://HOST/…")]


def _database(value: SecretStr | None) -> SecretStr | None:
    """Refuse what is not the address of a PostgreSQL database; its password is not for showing."""
    if value is not None:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme != "postgresql" or not parts.path.strip("/"):
            raise ValueError("not an address")
    return value


Database = Annotated[
    SecretStr | None,
    AfterValidator(_database),
    Allowed("postgresql://USER:PASSWORD@HOST/NAME"),
]
Secret = Annotated[SecretStr | None, Allowed('"…"')]
Text = Annotated[str, Allowed('"…"')]
Natural = Annotated[int, Field(ge=0), Allowed("0, 1, 2, …")]
Count = Annotated[int, Field(ge=1), Allowed("1, 2, 3, …")]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False), Allowed("0, 0.15, 3, …")]
Most = Annotated[Decimal | None, Field(ge=0, allow_inf_nan=False), Allowed("0, 2.50, 1000, …")]
Flag = Annotated[bool, Allowed("true, false")]
NoSeconds = Annotated[float, Field(ge=0, allow_inf_nan=False), Allowed("0, 1.5, 60, …")]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False), Allowed("> 0")]


class Section(BaseModel):
    """A table of savoir.toml: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ModelSettings(Section):
    """Which language model is asked, and how."""

    base_url: Address = Field(
        None, description="The endpoint, compatible with OpenAI's; none: no model is asked."
    )
    api_key: Secret = Field(
        None, description="The endpoint's key; better given as a variable than in this file."
    )
    name: Text = Field("", description="The model's name at the endpoint.")
    mode: Mode = Field("auto", description="auto: live when base_url is set, otherwise offline.")
    tape: Annotated[Path | None, Allowed('"…"')] = Field(
        None, description="The file of recorded replies, for record and replay."
    )
    structured: Literal["json_schema", "tool", "json"] = Field(
        "json_schema", description="How the endpoint is asked for a reply with a fixed form."
    )
    temperature: Annotated[
        float | None, Field(ge=0, le=2, allow_inf_nan=False), Allowed("0 … 2")
    ] = Field(None, description="The sampling temperature; none: the endpoint's own.")
    max_tokens: Count = Field(4096, description="The longest reply, in tokens.")
    timeout: Seconds = Field(120.0, description="How long one call may take, in seconds.")
    retries: Natural = Field(
        2, description="How often a call that failed on the endpoint's side is tried again."
    )
    requests_per_minute: Natural = Field(
        0, description="How often the endpoint may be asked, by all processes; 0: no limit."
    )
    tokens_per_minute: Natural = Field(
        0, description="How many tokens it may read and write in a minute; 0: no limit."
    )
    recall: Literal["fixed", "live"] = Field(
        "fixed", description="In replay, passages as recorded (fixed) or searched anew (live)."
    )

    @property
    def resolved_mode(self) -> Literal["live", "offline", "record", "replay"]:
        """The mode with `auto` decided."""
        if self.mode != "auto":
            return self.mode
        return "live" if self.base_url else "offline"


class LimitSettings(Section):
    """What one file may cost when it is read."""

    file_mb: Count = Field(50, description="The largest file, in megabytes.")
    pages: Count = Field(2000, description="The most pages of one document.")
    zip_ratio: Count = Field(200, description="How much larger than packed a document may unpack.")
    seconds: Seconds = Field(30.0, description="The longest time to read one file, in seconds.")
    text_mb: Count = Field(20, description="The most text of one file, in megabytes.")
    memory_mb: Count = Field(2048, description="The most memory to read one file, in megabytes.")
    members: Count = Field(10_000, description="The most files in one archive, mailbox or mail.")


class IndexSettings(Section):
    """Where passages are found: in process, or on a Qdrant server."""

    engine: Literal["edge", "server"] = Field(
        "edge", description="edge: in process, in the data folder; server: a Qdrant server."
    )
    url: Address = Field(None, description="The Qdrant server or cluster; none: QDRANT_URL.")
    api_key: Secret = Field(
        None, description="The server's key; better given as a variable than in this file."
    )
    collection: Text = Field(
        "savoirfaire", description="The server's collection; each workspace needs its own."
    )
    timeout: Seconds = Field(30.0, description="How long one request may take, in seconds.")
    open_clients: Count = Field(64, description="edge: how many clients' indexes stay open.")
    shards: Count = Field(1, description="server: the shards of a new collection.")
    replicas: Count = Field(1, description="server: the copies of each shard.")
    write_consistency: Count = Field(1, description="server: how many copies must confirm a write.")
    quantization: Literal["none", "scalar", "binary"] = Field(
        "none", description="server: smaller dense vectors: 8 bits a number, or 1."
    )
    vectors_on_disk: Flag = Field(
        default=False, description="server: read dense vectors from disk."
    )
    payload_on_disk: Flag = Field(default=True, description="server: read payloads from disk.")
    sparse_on_disk: Flag = Field(
        default=False, description="server: read the words' index from disk."
    )
    hnsw_m: Natural = Field(0, description="server: links of the graph over all clients.")
    exact: Flag = Field(
        default=True, description="server: compare each dense vector; false: quicker, not all."
    )
    hnsw_payload_m: Natural = Field(16, description="server: links of each client's own graph.")


class DatabaseSettings(Section):
    """Where the record is kept: in the data folder, or on a PostgreSQL server."""

    url: Database = Field(
        None, description="The PostgreSQL database of several machines; none: the data folder."
    )


class RunSettings(Section):
    """How runs are worked on."""

    where: Literal["auto", "here", "workers"] = Field(
        "auto",
        description="auto: by workers where one is alive, otherwise by the command itself.",
    )
    slots: Count = Field(64, description="How many runs one process works on at a time.")
    per_client: Natural = Field(
        0, description="How many of them may be one client's; 0: three quarters."
    )
    lease: Seconds = Field(
        30.0, description="After how many seconds without a beat a process counts as frozen."
    )
    keep_days: Natural = Field(
        0, description="How long the states and events of ended runs are kept; 0: for ever."
    )


class Price(Section):
    """What a model costs, for a million tokens."""

    input: Amount
    output: Amount


class CostSettings(Section):
    """What models cost, and how long work took before."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$"), Allowed("EUR, USD, …")] = Field(
        "EUR", description="The currency of every price and budget."
    )
    prices: Annotated[
        dict[str, Price], Allowed('{ "MODEL" = { input = 0.15, output = 0.60 }, … }')
    ] = Field(
        {},
        description="The price of a million tokens read and written, by the model's name.",
    )
    former_days: Annotated[
        dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]],
        Allowed("{ GRAPH = 104, … }"),
    ] = Field(
        {},
        description="How many days a delivery took before, by graph, to compare with.",
    )


def _budget(of: str) -> Any:
    return Field(None, description=of)


class BudgetSettings(Section):
    """What may be spent on models, unless `savoir budget` says otherwise."""

    run_money: Most = _budget("The most money a run may cost; none: no limit.")
    run_tokens: Most = _budget("The most tokens a run may read and write.")
    run_calls: Most = _budget("The most calls a run may make.")
    run_seconds: Most = _budget("The most seconds a run may spend waiting for a model.")
    month_money: Most = _budget("The most money a client may cost in a month (UTC).")
    month_tokens: Most = _budget("The most tokens for a client in a month.")
    month_calls: Most = _budget("The most calls for a client in a month.")
    month_seconds: Most = _budget("The most seconds of models for a client in a month.")
    client_money: Most = _budget("The most money a client may cost in all.")
    client_tokens: Most = _budget("The most tokens for a client in all.")
    client_calls: Most = _budget("The most calls for a client in all.")
    client_seconds: Most = _budget("The most seconds of models for a client in all.")


class EffectSettings(Section):
    """How what leaves the system is made."""

    hold: NoSeconds = Field(
        0.0, description="How long an effect waits so that it can be stopped, in seconds."
    )
    attempts: Count = Field(8, description="How often an effect is tried before a person is told.")
    secret: Secret = Field(None, description="What webhooks are signed with.")
    hosts: Text = Field(
        "", description="The hosts that webhooks may go to, separated by commas; empty: none."
    )
    smtp: Text = Field("", description="The mail server, HOST or HOST:PORT; empty: no mail.")
    smtp_user: Text = Field("", description="The mail server's user; empty: none.")
    smtp_password: Secret = Field(None, description="The mail server's password.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to the mail server is protected."
    )
    sender: Text = Field("", description="The address mail is sent from.")


class RetrievalSettings(Section):
    """What passages are found by besides their words."""

    embeddings: Text = Field(
        "", description="The endpoint's model that gives passages vectors; empty: words alone."
    )


class MailSettings(Section):
    """How mail is taken in."""

    password: Secret = Field(
        None, description="The IMAP mailbox's; better given as a variable than in this file."
    )


class LogSettings(Section):
    """What is logged, to the standard error stream."""

    level: Literal["auto", "debug", "info", "warning", "error"] = Field(
        "auto", description="auto: warning on a terminal, otherwise info."
    )
    format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto: text on a terminal, otherwise JSON lines."
    )
    trace_content: bool = Field(
        default=False,
        description="Whether OpenTelemetry's traces have what people and models said.",
    )


class Settings(BaseSettings):
    """Every setting of a workspace. Made by `load_settings`; the constructor reads nothing."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    language: Literal["fr", "en"] = Field("en", description="The language of messages.")
    data: Annotated[Path, Allowed('"…"')] = Field(
        Path("data"), description="The folder of what is known and done, from this file."
    )
    reviewer: Text = Field("", description="Who decides at gates; empty: the login name.")
    model: ModelSettings = Field(default_factory=ModelSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    index: IndexSettings = Field(default_factory=IndexSettings)
    retrieval: RetrievalSettings = Field(default_factory=RetrievalSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    runs: RunSettings = Field(default_factory=RunSettings)
    effects: EffectSettings = Field(default_factory=EffectSettings)
    costs: CostSettings = Field(default_factory=CostSettings)
    budgets: BudgetSettings = Field(default_factory=BudgetSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over: never the process environment."""
        return (init_settings,)
