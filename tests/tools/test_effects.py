"""Making effects: once, when they are due, signed, to where they may go, or told to a person."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from savoirfaire.errors import ConflictError, EffectError
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.effects.adapters import FinalEffectError, Nowhere, Sending, ToFiles
from savoirfaire.tools.effects.addresses import address_of, is_public
from savoirfaire.tools.effects.mail import ByMail, MailServer, message_of
from savoirfaire.tools.effects.making import Maker, listed, retry, stop
from savoirfaire.tools.effects.webhook import ToWebhook, signature
from savoirfaire.tools.outbox import Effect, Outbox

ACME = ClientScope("acme")
EFFECT = Effect("acme:r1:publish", "r1", "publish", {"a.md": "# Été\n"}, "approval", "webhook")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A ledger with a client."""
    engine = open_database(tmp_path / "ledger.db")
    Ledger(engine).add_client("acme", "fr")
    yield engine
    engine.dispose()


class Way:
    """A way out that fails as often as it is told to, and counts."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.made: list[Sending] = []

    def make(self, sending: Sending) -> list[str]:
        """Fail, or make it."""
        if self.faults:
            raise self.faults.pop(0)
        self.made.append(sending)
        return ["done"]


def maker(engine: Engine, way: Any, held: str = "", attempts: int = 3) -> Maker:
    """A maker with one way out."""
    return Maker(engine, {"webhook": way}, lambda _row: held, attempts)


def row(engine: Engine) -> Any:
    """The effect on record."""
    with engine.connect() as connection:
        return connection.execute(select(effects)).one()


def now_due(engine: Engine) -> None:
    """Let what waits be due."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE effects SET due_at = '2020-01-01T00:00:00.000Z'"))


def test_planned_and_then_made(engine: Engine, tmp_path: Path) -> None:
    """What goes elsewhere is kept until it is made, once, and its words no longer."""
    outbox, way = Outbox(engine, tmp_path), Way()
    assert outbox.publish(ACME, EFFECT) == []
    assert row(engine).payload == {"a.md": "# Été\n"}
    assert [maker(engine, way).once() for _ in range(2)] == [1, 0]
    assert outbox.publish(ACME, EFFECT) == ["done"]
    assert maker(engine, way).once() == 0
    assert [each.key for each in way.made] == [EFFECT.key]
    assert (row(engine).payload, row(engine).result, listed(engine)) == (None, ["done"], [])


def test_held_files_are_written_when_due(engine: Engine, tmp_path: Path) -> None:
    """Within the hold window nothing is there, and a person can still stop it."""
    outbox = Outbox(engine, tmp_path / "out", hold=60)
    files = replace(EFFECT, adapter="file")
    assert outbox.publish(ACME, files) == ["acme/r1/a.md"]
    made = Maker(engine, {"file": ToFiles(tmp_path / "out")}, lambda _row: "", 3)
    assert (made.once(), list((tmp_path).rglob("*.md"))) == (0, [])
    now_due(engine)
    assert made.once() == 1
    assert (tmp_path / "out/acme/r1/a.md").read_text("utf-8") == "# Été\n"


def test_stopped_in_time(engine: Engine, tmp_path: Path) -> None:
    """What a person stops is never made, and what is made cannot be stopped."""
    way = Way()
    Outbox(engine, tmp_path).publish(ACME, EFFECT)
    stop(engine, ACME, EFFECT.key, by="ann")
    assert (maker(engine, way).once(), way.made) == (0, [])
    assert (row(engine).ended_by, row(engine).payload) == ("ann", None)
    with pytest.raises(ConflictError):
        retry(engine, ACME, EFFECT.key)


def test_tried_again_and_then_told(engine: Engine, tmp_path: Path) -> None:
    """An effect that fails waits longer each time, and after the last try waits for a person."""
    way = Way(*[EffectError("away")] * 3)
    Outbox(engine, tmp_path).publish(ACME, EFFECT)
    due = []
    for _ in range(3):
        assert maker(engine, way).once() == 0
        due.append(row(engine).due_at)
        now_due(engine)
    assert due[0] < due[1]
    assert row(engine).ended_at
    assert row(engine).problem == "away"
    assert maker(engine, way).once() == 0
    retry(engine, ACME, EFFECT.key)
    assert maker(engine, way).once() == 1


def test_what_is_held_is_looked_at_again(engine: Engine, tmp_path: Path) -> None:
    """What was stopped for all waits, and is made once that is over."""
    way = Way()
    Outbox(engine, tmp_path).publish(ACME, EFFECT)
    assert maker(engine, way, held="everything is stopped").once() == 0
    assert row(engine).problem == "everything is stopped"
    now_due(engine)
    assert maker(engine, way).once() == 1


def test_changed_words_are_refused(engine: Engine, tmp_path: Path) -> None:
    """What is not what was approved is never made."""
    way = Way()
    Outbox(engine, tmp_path).publish(ACME, EFFECT)
    with engine.begin() as connection:
        connection.execute(text("""UPDATE effects SET payload = '{"a.md": "other"}'"""))
    assert (maker(engine, way).once(), way.made) == (0, [])
    assert row(engine).problem == "what would be made is not what was approved"


def test_a_claim_outlives_no_process(engine: Engine, tmp_path: Path) -> None:
    """An effect whose maker died is made by another, once its claim has run out."""
    way = Way()
    Outbox(engine, tmp_path).publish(ACME, EFFECT)
    assert maker(engine, way)._claim(EFFECT.key, "dead") is not None
    assert maker(engine, way).once() == 0
    with pytest.raises(ConflictError):
        stop(engine, ACME, EFFECT.key, by="ann")
    with engine.begin() as connection:
        connection.execute(text("UPDATE effects SET claimed_until = '2020-01-01T00:00:00.000Z'"))
    assert maker(engine, way).once() == 1


# --- to a web address -----------------------------------------------------------------------------


class Receiver(BaseHTTPRequestHandler):
    """Answers as told, and keeps what came."""

    status = 200
    came: list[tuple[Mapping[str, str], bytes]]

    def do_POST(self) -> None:
        """Take a request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).came.append((dict(self.headers), body))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving(status: int) -> Iterator[tuple[str, Any]]:
    """A receiver on loopback, its host and port."""
    handler = type("Own", (Receiver,), {"status": status, "came": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", handler
    finally:
        server.shutdown()
        server.server_close()


def sending(target: str) -> Sending:
    """An effect to a target."""
    return Sending("k:1", "acme", "r1", "publish", target, {"a.md": "# Été\n"}, "0" * 64)


def test_signed() -> None:
    """What is posted can be checked, and told by its key when it comes twice."""
    with receiving(202) as (host, handler):
        way = ToWebhook([host], "s3cret", clock=lambda: 1000.0)
        assert way.make(sending(f"http://{host}/in?x=1")) == [f"{host}: 202"]
        way.make(sending(f"http://{host}/in?x=1"))
    (headers, body), (again, same) = handler.came
    assert headers["Savoir-Signature"] == signature("s3cret", "1000", body)
    assert (headers["Idempotency-Key"], headers["Host"]) == ("k:1", host)
    assert (again["Idempotency-Key"], same) == ("k:1", body)
    assert json.loads(body)["files"] == {"a.md": "# Été\n"}


@pytest.mark.parametrize(("status", "kind"), [(503, EffectError), (429, EffectError)])
def test_answers_that_may_change(status: int, kind: type[Exception]) -> None:
    """A server that is busy or broken is asked again."""
    with receiving(status) as (host, _handler), pytest.raises(kind) as raised:
        ToWebhook([host], "s").make(sending(f"http://{host}/"))
    assert not isinstance(raised.value, FinalEffectError)


@pytest.mark.parametrize("status", [400, 403, 302])
def test_answers_that_will_not_change(status: int) -> None:
    """A server that refuses, or sends elsewhere, is not asked again."""
    with receiving(status) as (host, _handler), pytest.raises(FinalEffectError):
        ToWebhook([host], "s").make(sending(f"http://{host}/"))


PUBLIC = ["93.184.216.34"]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("http://169.254.169.254/latest", PUBLIC),
        ("http://localhost:5432/", PUBLIC),
        ("http://other.example/", PUBLIC),
        ("http://hook.example@evil.example/", PUBLIC),
        ("http://user:pw@hook.example/", PUBLIC),
        ("ftp://hook.example/", PUBLIC),
        ("file:///etc/passwd", PUBLIC),
        ("hook.example", PUBLIC),
        ("", PUBLIC),
        ("http://hook.example:99999/", PUBLIC),
        ("http://[::1", PUBLIC),
        ("http://hook.example/", ["127.0.0.1"]),
        ("http://hook.example/", ["93.184.216.34", "10.0.0.7"]),
        ("http://hook.example/", ["::ffff:127.0.0.1"]),
        ("http://hook.example/", ["2002:7f00:1::"]),
        ("http://hook.example/", ["fe80::1%eth0"]),
        ("http://hook.example/", ["100.64.0.1"]),
    ],
)
def test_where_nothing_goes(target: str, found: list[str]) -> None:
    """No request leads to a host that is not on the list, or into our own network."""
    with pytest.raises(FinalEffectError):
        address_of(target, {"hook.example"}, lambda _name, _port: found)


def test_the_address_that_was_looked_at() -> None:
    """A request goes to the very address that was found to be public."""
    place = address_of("https://Hook.example/in?a=b", {"hook.example"}, lambda *_: PUBLIC)
    assert place.url == "https://93.184.216.34:443/in?a=b"
    assert (place.host, place.name) == ("hook.example", "hook.example")
    assert is_public("2606:2800:220:1::1")


# --- by mail --------------------------------------------------------------------------------------


def test_a_mail() -> None:
    """A mail has the text, the page beside it, and an id that follows from the key."""
    made = replace(sending("Zoé <zoe@example.org>"), files={"a.html": "<p>É", "a.md": "# Été 1\n"})
    first, second = (message_of(made, "studio@example.org") for _ in range(2))
    assert first["Subject"] == "Été 1"
    assert first["Message-ID"] == second["Message-ID"]
    assert [part.get_content_type() for part in first.walk()][1:] == ["text/plain", "text/html"]


@pytest.mark.parametrize("target", ["", "nobody", "a@b\nBcc: x@y.example", "@", "a@b, c"])
def test_no_addresses(target: str) -> None:
    """What is no list of addresses is refused before a server is asked."""
    server = MailServer("127.0.0.1", 1, "studio@example.org", security="none")
    with pytest.raises(FinalEffectError):
        ByMail(server).make(sending(target))


def test_no_mail_server() -> None:
    """A server that is away is tried again; none at all is for a person."""
    server = MailServer("127.0.0.1", 1, "studio@example.org", security="none")
    with pytest.raises(EffectError) as raised:
        ByMail(server).make(sending("zoe@example.org"))
    assert not isinstance(raised.value, FinalEffectError)
    with pytest.raises(FinalEffectError):
        ByMail(None).make(sending("zoe@example.org"))
    assert Nowhere().make(sending("")) == []
