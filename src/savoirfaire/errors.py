"""Every error savoirfaire raises on purpose.

A class's docstring says what happened; `hint` says what to do next, and is shown to the person.
A message may be a template with its values, so that the command line can say it in the language
of the workspace: `NotFoundError("there is no client {name}", name=name)`.
"""


class Phrase:
    """A part of a message that is translated by itself: a template with its values."""

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values

    def __str__(self) -> str:
        """The phrase in English."""
        return self.template.format(**self.values) if self.values else self.template


class SavoirError(Exception):
    """Something savoirfaire refuses or could not do; the message says what."""

    hint = ""

    def __init__(self, message: str, *, hint: str = "", **values: object) -> None:
        super().__init__(message.format(**values) if values else message)
        self.template = message
        self.values = values
        if hint:
            self.hint = hint


# --- settings and workspace ---------------------------------------------------------------------


class SettingsError(SavoirError):
    """A setting is unknown or has a value that cannot be used."""

    hint = "`savoir settings` lists every setting, its value and where it comes from."


class WorkspaceError(SavoirError):
    """The folder is not a workspace, or its data cannot be opened."""

    hint = "Run `savoir init` here, or go to a folder that has a savoir.toml."


class BusyError(SavoirError):
    """Another process holds what this one needs."""

    hint = "Wait for the other command to end, then try again."


class UnreachableError(BusyError):
    """The database's server does not answer, or is being stopped; what was not written is not."""

    hint = "Look whether PostgreSQL runs and database.url is right; then go on: nothing is lost."


# --- knowledge ----------------------------------------------------------------------------------


class ScopeError(SavoirError):
    """A read or write named no client, or a client that does not exist."""

    hint = "`savoir client list` shows the clients; `savoir client add NAME` adds one."


class ReadError(SavoirError):
    """A file could not be read into text; the message is the reason."""


class BrandPackError(SavoirError):
    """A brand.toml does not have the form of a brand pack."""

    hint = "See the brand pack section of the README for the keys and an example."


class UnreadableRuleError(SavoirError):
    """A rule in Vale's format, or the configuration beside it, cannot be used."""

    hint = "Correct the file; the rules are described in docs/rules.md."


class IndexMismatchError(SavoirError):
    """The index was built by another analyser or does not match the ledger."""

    hint = "The index is rebuilt from the ledger at the next ingest; nothing is lost."


class IndexServerError(SavoirError):
    """The Qdrant server of the index does not answer, or refuses."""

    hint = "Check index.url and that the server runs; nothing is lost: the ledger has everything."


class CitationError(SavoirError):
    """A quote is not in the source it is said to come from, word for word."""

    hint = "Copy the words from the source as they stand: `savoir ask` and `savoir sources` help."


class RecordError(SavoirError):
    """A record does not have the form of its kind; the message names each field."""

    hint = "`savoir brand CLIENT --json` shows the fields of the records there are."


class NotFoundError(SavoirError):
    """There is no such client, graph, run, approval or source."""


class ArchiveError(SavoirError):
    """A file is no archive of a client, or one that is damaged, incomplete or not to be trusted."""

    hint = "Nothing was changed. `savoir export CLIENT FILE` makes an archive."


class MailError(SavoirError):
    """Mail cannot be taken in: no such file, a damaged mailbox, or a server that refuses."""


class TriageError(SavoirError):
    """A model of triage cannot be learned, or its file is damaged or not to be trusted."""

    hint = "`savoir mail learn CLIENT --from FILE.csv` learns from columns text and category."


class PanelError(SavoirError):
    """A survey or the answers of a panel cannot be read, or do not fit together."""

    hint = "A survey is a CSV with a column of votes, such as `Vote`; answers are a JSON list."


# --- models -------------------------------------------------------------------------------------


class ModelError(SavoirError):
    """A model could not give a usable reply; the run parks and can be resumed."""

    hint = "Mend the cause, then `savoir resume RUN`."


class RateLimitedError(ModelError):
    """The endpoint says that too many requests were made."""

    hint = "Wait, or lower the number of runs at a time, then `savoir resume RUN`."


class UnavailableError(ModelError):
    """The endpoint cannot be reached, timed out, or failed on its side."""

    hint = "Check the endpoint and model.base_url: `savoir models check`; then `savoir resume RUN`."


class RefusedError(ModelError):
    """The model or its content filter declined to answer."""

    hint = "Look at the request in `savoir show RUN`, change the input, and start a new run."


class TruncatedError(ModelError):
    """The reply was cut: it ended without a finish reason, or at the length limit."""

    hint = "Raise model.max_tokens, or check the connection, then `savoir resume RUN`."


class UnreadableReplyError(ModelError):
    """The model's reply did not have the form its role promises, after every repair."""

    hint = "Try another model.structured, or a stronger model; then `savoir resume RUN`."


class MisconfiguredError(ModelError):
    """The endpoint rejects the key, the model name or the request."""

    hint = "Check model.base_url, model.api_key and model.name (`savoir models check`)."


class OverBudgetError(ModelError):
    """A budget would be exceeded by the next call."""

    hint = "Raise it with `savoir budget`; the run goes on from where it stopped."


class AbstainedError(ModelError):
    """A role needs a language model and none is configured."""

    hint = "Set model.base_url in savoir.toml to use a language model."


class TapeMissError(ModelError):
    """A replayed request is not on the tape; the message names the role and the difference."""

    hint = 'Run with the tape\'s own inputs, or record what changed with model.mode = "record".'


# --- runs and gates -----------------------------------------------------------------------------


class LeaseLostError(SavoirError):
    """Another process has taken over the run, because this one was not heard of for too long."""

    hint = "Nothing is to be done: the other process goes on. `savoir watch RUN` shows it."


class DeadlineError(SavoirError):
    """A run was not finished in the time that was given for it."""

    hint = "Ask for it again with more time, or cancel it: `savoir cancel RUN`."


class RequestError(SavoirError):
    """The input of a run does not have the form its graph asks for."""


class ConflictError(SavoirError):
    """Somebody else decided first."""


class PayloadMismatchError(SavoirError):
    """What was decided is not what would now be done; the effect is refused."""

    hint = "Look at the approval again: `savoir inbox`."


class HeldError(SavoirError):
    """What was decided may not be acted on now; nothing is done, and nothing is lost."""


class EffectError(SavoirError):
    """An effect could not be made; it stays in the outbox and is tried again on resume."""

    hint = "Mend the cause, then `savoir resume RUN`."
