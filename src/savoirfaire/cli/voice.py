"""`savoir voice`: how a client's newsletter is written, and whether a text is written so."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.agents.voice import VoiceProfile
    from savoirfaire.agents.voice.shelf import Shelf
    from savoirfaire.knowledge.ledger import Ledger
    from savoirfaire.knowledge.scope import ClientScope

Spoken = Annotated[
    str, typer.Option("--language", "-l", metavar="fr|en", help="Only this language.")
]


def learn(ctx: typer.Context, client: Client, as_json: Json = False) -> None:
    """Learn how a client's newsletter is written, from all its past editions."""
    from savoirfaire.agents.voice.shelf import learn_voices
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.cli.voicepage import as_dict, summary

    with open_knowledge(open_workspace(ctx)) as knowledge:
        voices = learn_voices(knowledge.ledger, knowledge.ledger.scope(client))
    _require(client, voices)
    if as_json:
        emit_json({"voices": [as_dict(voice) for voice in voices.values()]})
        return
    for voice in voices.values():
        line(summary(voice))
    line(_("`savoir voice show {client}` shows it.").format(client=client))


def show(
    ctx: typer.Context,
    client: Client,
    language: Spoken = "",
    svg: Annotated[
        Path | None, typer.Option(help="Write the plot of the past editions to this file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the voice: rhythm, skeleton, openings, address, marks, words, and how sure it is."""
    from savoirfaire.agents.voice.shelf import shelf_of
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.cli.voicepage import as_dict, page, plot

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        shelf = shelf_of(knowledge.ledger, scope)
        voices = _voices(knowledge.ledger, scope, language)
    if svg is not None:
        svg.write_text(plot(next(iter(voices.values()))), encoding="utf-8")
    if as_json:
        told = [as_dict(voice) for voice in voices.values()]
        emit_json({"learned": shelf.learned, "since": list(shelf.since), "voices": told})
        return
    for voice in voices.values():
        page(voice)
    line(_since(client, shelf))


def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The text to judge.")],
    client: Annotated[str, typer.Option("--client", "-c", help="Whose voice it should have.")],
    language: Spoken = "",
    as_json: Json = False,
) -> None:
    """Say whether a text is written like the client's next edition, and what is off where."""
    from savoirfaire.agents.voice import verify
    from savoirfaire.agents.voice.reading import Reading
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.cli.voicepage import told

    text = _read(file)
    with open_knowledge(open_workspace(ctx)) as knowledge:
        voices = _voices(knowledge.ledger, knowledge.ledger.scope(client), language)
    spoken = language or Reading(text).language
    voice = voices.get(spoken) or next(iter(voices.values()))
    report = verify(text, voice)
    if as_json:
        emit_json({"file": str(file), "language": voice.language, **report.as_dict()})
    else:
        told(text, report)
    if report.fits is False:
        raise typer.Exit(1)


def _read(file: Path) -> str:
    from savoirfaire.errors import ReadError
    from savoirfaire.knowledge.readers import UnreadableError, read

    try:
        return read(file).text
    except UnreadableError as error:
        raise ReadError("{file} cannot be read", file=file, hint=str(error)) from error


def _voices(ledger: "Ledger", scope: "ClientScope", language: str) -> "dict[str, VoiceProfile]":
    from savoirfaire.agents.voice.shelf import learned_voices

    if language not in ("", "fr", "en"):
        raise typer.BadParameter(_("--language takes fr or en"))
    found = learned_voices(ledger, scope)
    _require(scope.client, found)
    if language:
        found = {name: voice for name, voice in found.items() if name == language}
        _require(scope.client, found, language)
    return found


def _require(client: str, voices: "dict[str, Any]", language: str = "") -> None:
    from savoirfaire.errors import NotFoundError

    if not voices and language:
        raise NotFoundError(
            "{client} has no past edition in this language: {language}",
            client=client,
            language=language,
            hint="`savoir voice show CLIENT` shows the languages there are.",
        )
    if not voices:
        raise NotFoundError(
            "{client} has no past edition to learn a voice from",
            client=client,
            hint="Ingest some: savoir ingest CLIENT DIR --kind edition",
        )


def _since(client: str, shelf: "Shelf") -> str:
    if not shelf.learned:
        return _("All past editions are in it. `savoir voice learn {client}` keeps it so.").format(
            client=client
        )
    if not shelf.since:
        return _("All past editions are in it.")
    count = len(shelf.since)
    return ngettext(
        "{n} edition came or changed since: `savoir voice learn {client}` takes it in.",
        "{n} editions came or changed since: `savoir voice learn {client}` takes them in.",
        count,
    ).format(n=number(count), client=client)


group = typer.Typer()
group.command()(learn)
group.command()(show)
group.command()(check)
