"""Conversations: which mails belong together, who wrote them, and in which order."""

import random
from pathlib import Path

import pytest

from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.threads import Threads, letter, named


def groups(*mails: dict[str, str], name: str = "box.mbox!/0001") -> list[int]:
    """The place of the first mail of each mail's thread; -1 where it has none."""
    threads = Threads()
    letters = [letter(mail, name) for mail in mails]
    for each in letters:
        threads.learn(each)
    found = [threads.of(each) for each in letters]
    return [-1 if each is None else found.index(each) for each in found]


def said(own: str = "", about: str = "", refs: str = "", reply_to: str = "") -> dict[str, str]:
    """What the reader of a mail found."""
    found = {"message-id": own, "subject": about, "references": refs, "in-reply-to": reply_to}
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        ([said("<a>"), said("<b>", refs="<a>"), said("<c>", refs="<a> <b>")], [0, 0, 0]),
        ([said("<a>"), said("<b>", reply_to="<a>"), said("<c>", reply_to="<b>")], [0, 0, 0]),
        ([said("<c>", reply_to="<b>"), said("<b>", reply_to="<a>"), said("<a>")], [0, 0, 0]),
        ([said("<b>", refs="<lost>"), said("<c>", refs="<lost> <b>")], [0, 0]),
        ([said("<a>", "Brief"), said("<b>", "Brief")], [0, 1]),
        ([said("<a>", "Brief"), said("<b>", "RE : Brief"), said("<c>", "TR: Re: BRIEF")], [0] * 3),
        ([said("<a>", "Réunion"), said("<b>", "Rép : réunion")], [0, 0]),
        ([said(about="Brief"), said(about="Re: brief"), said(about="Devis")], [0, 0, 2]),
        ([said("<a>", "Brief"), said(about="Re[2]: Brief")], [0, 0]),
        ([said(), said("<a>")], [-1, 1]),
        ([said("<a>", refs="<b>"), said("<b>", refs="<a>")], [0, 0]),
        ([said("<a>", refs="<a>")], [0]),
    ],
)
def test_threads(mails: list[dict[str, str]], expected: list[int]) -> None:
    """Mails belong together by their ids, in whatever order they come, else by their subjects."""
    assert groups(*mails) == expected


def test_loops_end() -> None:
    """However ids refer to each other, every mail has one thread, and it is found at once."""
    rng = random.Random(5)  # noqa: S311 - no secret
    mails = [said(f"<{n}>", refs=f"<{rng.randrange(300)}>") for n in range(300)]
    assert len(groups(*mails)) == 300


def test_mailboxes_are_apart() -> None:
    """The same subject in two mailboxes is two conversations."""
    threads = Threads()
    one, two = (letter(said(about="Point"), name) for name in ("a.mbox!/0001", "b.mbox!/0001"))
    assert threads.of(one) != threads.of(two)


def mail(number: int, headers: str, body: str = "Bonjour.") -> str:
    """A mail as it is stored."""
    return f"Message-ID: <{number}@x>\n{headers}\n\n{body}\n"


def test_mails_of_a_folder(knowledge: Knowledge, acme: ClientScope, tmp_path: Path) -> None:
    """Mails become sources with thread, order, author and channel, wherever each file lies."""
    files = {
        "c.eml": mail(3, "From: c@x\nReferences: <1@x> <2@x>"),
        "a.eml": mail(1, "From: Zoé <z@x>\nSubject: Brief\nDate: Mon, 3 Mar 2025 23:30:00 +0100"),
        "b.eml": mail(2, "From: <k@x>\nIn-Reply-To: <1@x>\nDate: Mon, 3 Mar 2025 23:00:00 +0000"),
        "d.eml": mail(4, "From: x\nSubject: Devis"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    ingest(knowledge, acme, [tmp_path])
    found = {each.path: each for each in knowledge.ledger.listed(acme)}
    assert {each.channel for each in found.values()} == {"email"}
    assert [found[name].author for name in sorted(files)] == ["Zoé", "k@x", "c@x", "x"]
    together = {found[name].thread for name in ("a.eml", "b.eml", "c.eml")}
    assert len(together) == 1
    assert found["d.eml"].thread not in {None, *together}


def test_mails_that_come_later(knowledge: Knowledge, acme: ClientScope, tmp_path: Path) -> None:
    """A reply that is read another day finds the conversation, by its parent or by its subject."""
    (tmp_path / "a.eml").write_text(mail(1, "Subject: Brief"))
    (tmp_path / "b.eml").write_text(mail(2, "Subject: Re: Brief\nIn-Reply-To: <1@x>"))
    ingest(knowledge, acme, [tmp_path])
    (tmp_path / "c.eml").write_text(mail(3, "Subject: Oui\nIn-Reply-To: <2@x>"))
    ingest(knowledge, acme, [tmp_path])
    (tmp_path / "d.eml").write_text(mail(4, "Subject: RE : brief"))
    assert ingest(knowledge, acme, [tmp_path]).unchanged == 3
    assert len({each.thread for each in knowledge.ledger.listed(acme)}) == 1


def test_order_in_a_thread(knowledge: Knowledge, acme: ClientScope, tmp_path: Path) -> None:
    """A mail's place is its moment, whatever its time zone; a turn's is what the file says."""
    moments = ["Mon, 3 Mar 2025 23:30:00 +0100", "Mon, 3 Mar 2025 22:30:01 +0000", "rubbish"]
    for number, moment in enumerate(moments):
        (tmp_path / f"{number}.eml").write_text(mail(number, f"Subject: x\nDate: {moment}"))
    (tmp_path / "turn.md").write_text("---\nthread: chat 7\nturn: 12\n---\nBonjour.")
    (tmp_path / "odd.md").write_text("---\nthread: " + "t" * 900 + "\nturn: 1e9\n---\nBonjour.")
    ingest(knowledge, acme, [tmp_path])
    meta = {e.path: knowledge.ledger.described(acme, e.path) for e in knowledge.ledger.listed(acme)}
    assert meta["0.eml"].meta["sent"] == "1741041000"
    assert meta["1.eml"].meta["sent"] == "1741041001"
    assert "sent" not in meta["2.eml"].meta
    assert meta["turn.md"].source.thread == "chat 7"
    assert len(str(meta["odd.md"].source.thread)) == 32


@pytest.mark.parametrize("order", [1, -1])
def test_long_chain(order: int) -> None:
    """A conversation of 10,000 replies takes about twice the steps of 5,000, in either order."""

    def steps(count: int) -> int:
        threads = Threads()
        counted = threads._above = Counted()
        mails = [letter(said(f"<{n}>", reply_to=f"<{n - 1}>"), "m") for n in range(1, count)]
        for each in mails[::order]:
            threads.learn(each)
        assert len({threads.of(each) for each in mails[::order]}) == 1
        return counted.looked

    assert steps(10_000) < 3 * steps(5_000)


class Counted(dict[str, str]):
    """A mapping that counts how often it is looked into."""

    looked = 0

    def __getitem__(self, key: str) -> str:
        self.looked += 1
        return super().__getitem__(key)


def test_threads_as_defined() -> None:
    """However mails are learned and asked for in turns, a thread is what following them all gives.

    The reference follows the first parents one by one and takes the least of those in a circle.
    """
    for seed in range(60):
        rng = random.Random(seed)  # noqa: S311 - no secret
        threads = Threads()
        above: dict[str, str] = {}
        for number in rng.sample(range(12), 12):
            mail = letter(said(f"<{number}>", refs=f"<{rng.randrange(12)}>"), "m")
            threads.learn(mail)
            above[mail.id] = mail.parents[0]
            assert [threads.of(letter(said(f"<{n}>"), "m")) for n in range(12)] == [
                named(_followed(above, f"<{n}>")) for n in range(12)
            ]


def _followed(above: dict[str, str], at: str) -> str:
    passed: list[str] = []
    while at in above and at not in passed:
        passed.append(at)
        at = above[at]
    return min(passed[passed.index(at) :]) if at in passed else at
