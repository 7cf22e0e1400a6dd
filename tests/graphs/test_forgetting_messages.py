"""A published message of which somebody is forgotten."""

import email
from email.policy import default

import pytest

from savoirfaire.graphs.forgetting.messages import rewritten
from savoirfaire.graphs.mailing import Envelope, mail

NAME, MARK = "Zoé Vûrtzel", "▇▇▇"


def without(text: str) -> str:
    """The words without the name, also where a line break parts it."""
    return text.replace(NAME, MARK).replace(NAME.replace(" ", "\n"), MARK)


def test_forgotten() -> None:
    """A name goes from the headers and both parts, however it was encoded, and the rest stays."""
    envelope = Envelope(f"Merci à {NAME}", f"Chez {NAME}", "2026-05-11T07:00:00+00:00", "fr")
    markdown = f"# Lettre\n\nDit par {NAME}.\n\nAutre chose."
    _, wire = mail(markdown, envelope, title="T", preview=NAME, footer=[NAME])
    after = rewritten(wire.encode(), without, without)
    read = email.message_from_bytes(after, policy=default)
    shown = [str(value) for value in read.values()]
    shown += [part.get_content() for part in read.iter_parts()]
    assert "Zoé" not in "".join(shown)
    assert b"Zo=C3=A9" not in after
    assert read["subject"] == f"Merci à {MARK}"
    assert "Autre chose." in read.get_body(("plain",)).get_content()
    assert [p.get_content_type() for p in read.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("data", [b"", b"no message", b"\xff\xfe", b"A: b\r\n\r\nc\r\n"])
def test_nothing_to_forget(data: bytes) -> None:
    """Where nobody is mentioned not a byte changes, whatever the file is."""
    assert rewritten(data, without, without) == data


def test_no_message() -> None:
    """What only looks like a message is changed as words are."""
    data = f'Content-Type: text/plain; charset="none-such"\n\n{NAME}'.encode()
    assert NAME.encode() not in rewritten(data, without, without)
