"""Files within files: attachments, mailboxes and archives, and what is refused of them."""

import contextlib
import io
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import docx
import pytest

from savoirfaire.knowledge.readers import Document, Limits, Member, Readers, UnreadableError
from savoirfaire.knowledge.readers.mailbox import entries, subject

Gathering = Callable[[str, bytes], list[Member]]


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One set of readers for the file."""
    with Readers() as readers:
        yield readers


@pytest.fixture
def gathering(readers: Readers, tmp_path: Path) -> Gathering:
    """Read bytes as a file of some name, with all that is in it."""

    def gather(name: str, data: bytes) -> list[Member]:
        (tmp_path / name).write_bytes(data)
        return list(readers.read_all(tmp_path / name))

    return gather


def told(members: list[Member]) -> dict[str, str]:
    """Give what became of each file: the last line of its text, or why it was not read."""
    return {
        name: content.text.strip().rpartition("\n")[2]
        if isinstance(content, Document)
        else f"{content.code}: {content}"
        for name, content, _ in members
    }


def word(text: str) -> bytes:
    """Give a Word file of one line."""
    document = docx.Document()
    document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def mail(about: str = "Le brief", body: str = "Voir ci-joint.") -> EmailMessage:
    """A mail to attach things to."""
    message = EmailMessage()
    message["From"] = "zoe@example.org"
    message["Date"] = "Fri, 27 Jun 2025 23:30:00 +0200"
    message["Subject"] = about
    message.set_content(body)
    return message


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """Give an archive of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


FORWARDED = b"""\
Subject: x
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

Subject: %b

words
--b--
"""


def boxed(*messages: bytes) -> bytes:
    """Give a mailbox of some messages."""
    return b"".join(
        b"From zoe@example.org Fri Jun 27 23:30:00 2025\n" + message + b"\n\n"
        for message in messages
    )


# --- mails ----------------------------------------------------------------------------------------


def test_attachments(gathering: Gathering) -> None:
    """A mail is read, then each attachment by its own reader; images are only named."""
    message = mail()
    message.add_attachment(word("Le brief."), "application", "octet-stream", filename="brief.docx")
    message.add_attachment(b"\x89PNG", "image", "png", filename="logo.png")
    message.add_attachment("d\xe9j\xe0;vu\n1;2".encode("latin-1"), "text", "csv", filename="a.csv")
    message.add_attachment(b"x", "application", "x-psd", filename="maquette.psd")
    members = gathering("mail.eml", bytes(message))
    assert told(members) == {
        "mail.eml": "Attachment: maquette.psd (application/x-psd)",
        "mail.eml!/brief.docx": "Le brief.",
        "mail.eml!/a.csv": "déjà: 1; vu: 2",
        "mail.eml!/maquette.psd": "unknown_type: has a type that is not read yet (.psd)",
    }
    assert isinstance(members[0].content, Document)
    assert members[0].content.meta["attachments"] == "4"


def test_mail_without_attachments(gathering: Gathering) -> None:
    """A mail that came alone is one document."""
    assert list(told(gathering("mail.eml", bytes(mail())))) == ["mail.eml"]


def test_attachment_facts(gathering: Gathering) -> None:
    """An attachment is titled after its file, and dated by its mail if nothing else dates it."""
    message = mail()
    message.add_attachment(b"words", "text", "plain", filename="note.txt")
    message.add_attachment(b"words", "text", "plain", filename="2024-02-03-note.txt")
    _, first, second = (member.content for member in gathering("a.eml", bytes(message)))
    assert isinstance(first, Document)
    assert (first.title, first.date, first.kind) == ("note", "2025-06-27", "document")
    assert isinstance(second, Document)
    assert second.date == "2024-02-03"


def test_attachment_names(gathering: Gathering) -> None:
    """Attachments get names that lead nowhere and differ, with the suffix of their type."""
    message = mail()
    for name in ("../../brief.txt", "C:\\brief.txt", "brief", "", "a!", "x\ty.txt"):
        message.add_attachment(b"words", "text", "plain", filename=name)
    inner = mail("Prix / v2", "words")
    message.add_attachment(inner)
    assert list(told(gathering("a.eml", bytes(message))))[1:] == [
        *("a.eml!/brief.txt", "a.eml!/brief (2).txt", "a.eml!/brief (3).txt"),
        *("a.eml!/attachment 4.txt", "a.eml!/a!.txt", "a.eml!/x y.txt", "a.eml!/Prix - v2.eml"),
    ]


def test_attachment_encoding(gathering: Gathering) -> None:
    """A text is read in the encoding that the mail states."""
    message = mail()
    message.add_attachment("Привет", "plain", "koi8-r", filename="a.txt")
    message.add_attachment("<meta charset=latin1><p>Привет", "html", "koi8-r", filename="a.html")
    assert list(told(gathering("a.eml", bytes(message))).values())[1:] == ["Привет", "Привет"]


def test_mail_in_mail(gathering: Gathering) -> None:
    """A mail that is attached is read with its own attachments, down to a depth."""
    message = mail("0", "words 0")
    for level in range(1, 7):
        outer = mail(str(level), f"words {level}")
        outer.add_attachment(message)
        message = outer
    found = told(gathering("m.eml", bytes(message)))
    assert list(found) == [
        "m.eml",
        "m.eml!/5.eml",
        "m.eml!/5.eml!/4.eml",
        "m.eml!/5.eml!/4.eml!/3.eml",
        "m.eml!/5.eml!/4.eml!/3.eml!/2.eml",
        "m.eml!/5.eml!/4.eml!/3.eml!/2.eml!/",
    ]
    assert found["m.eml!/5.eml!/4.eml!/3.eml!/2.eml!/"].startswith("nested: has too many files")


@pytest.mark.parametrize("about", [b"\xe9t\xe9", b"=?utf-8?B?x?="])
def test_mail_in_mail_with_odd_subject(gathering: Gathering, about: bytes) -> None:
    """A subject that breaks the rules keeps no attachment from being read."""
    data = FORWARDED % about
    assert [name.partition("!/")[2] for name in told(gathering("a.eml", data))][-1].endswith(".eml")


# --- mailboxes ------------------------------------------------------------------------------------


def test_mailbox(gathering: Gathering) -> None:
    """Each message of a mailbox is a mail, named by number and subject, with its attachments."""
    second = mail("Re: Le brief / v2", "Oui.\n\nFrom here on it is yours.\n")
    second.add_attachment(b"words", "text", "plain", filename="a.txt")
    data = boxed(
        bytes(mail()), bytes(second).replace(b"\nFrom here", b"\n>From here"), b"To: a\n\nz"
    )
    found = gathering("box.mbox", data)
    assert told(found) == {
        "box.mbox!/0001 Le brief": "Voir ci-joint.",
        "box.mbox!/0002 Re: Le brief - v2": "Attachment: a.txt (text/plain)",
        "box.mbox!/0002 Re: Le brief - v2!/a.txt": "words",
        "box.mbox!/0003": "z",
    }
    assert isinstance(found[1].content, Document)
    assert "\nFrom here on it is yours." in found[1].content.text
    assert found[1].content.title == "Re: Le brief / v2"


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (boxed(b"Subject: a\n\nx", b"Subject: b\n\ny").replace(b"\n", b"\r\n"), 2),
        (b"\xef\xbb\xbf\n" + boxed(b"Subject: a\n\nx"), 1),
        (boxed(b"Subject: a\n\nDear all,\n\nFrom Monday on we\nrest: all of us"), 1),
        (boxed(b"Subject: a\n\nFrom: is not From"), 1),
    ],
    ids=["crlf", "mark", "sentence", "colon"],
)
def test_where_messages_begin(gathering: Gathering, data: bytes, count: int) -> None:
    """A message begins where a mailbox says so, not wherever a line begins with "From"."""
    assert len(gathering("box.mbox", data)) == count


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"Subject: =?utf-8?Q?D=C3=A9j=C3=A0?=\n =?utf-8?Q?_vu?=", "Déjà vu"),
        ("Subject: Déjà\n vu".encode(), "Déjà vu"),
        (b"From: a\r\nsubject: a\tb\r\nTo: b", "a b"),
        (b"Subject: =?nonsense?Q?x?=", "=?nonsense?Q?x?="),
        (b"Subject: =?utf-8?B?x?=", "=?utf-8?B?x?="),
        (b"Subject: =?utf\xff8?Q?x?=", "=?utf\ufffd8?Q?x?="),
        (b"Subject: " + b"word " * 40, "word " * 15 + "word…"),
        (b"To: a\n\nSubject: in the body", ""),
        (b"", ""),
    ],
)
def test_subject(head: bytes, name: str) -> None:
    """A subject is part of a name, whatever form it comes in."""
    assert subject(head) == name


@pytest.mark.parametrize("data", [b"words", b"From nobody\n", bytes(mail())])
def test_not_a_mailbox(gathering: Gathering, data: bytes) -> None:
    """A file without messages is refused."""
    assert told(gathering("box.mbox", data)) == {
        "box.mbox": "damaged: is damaged or is not a mailbox"
    }


# --- archives -------------------------------------------------------------------------------------


def test_archive(gathering: Gathering) -> None:
    """Each file of an archive is read; folders and hidden files are passed over."""
    message = mail()
    message.add_attachment(word("Le brief."), "application", "octet-stream", filename="brief.docx")
    data = zipped(
        ("plan/", b""),
        ("plan/brief.md", b"# Brief\nwords"),
        ("plan/.DS_Store", b"x"),
        ("__MACOSX/plan/brief.md", b"x"),
        ("~$brief.docx", b"x"),
        ("mail.eml", bytes(message)),
        ("box.mbox", boxed(b"Subject: a\n\nx")),
        ("photo.jpg", b"x"),
        ("empty.txt", b""),
        ("README", b"x"),
    )
    assert told(gathering("pack.zip", data)) == {
        "pack.zip!/plan/brief.md": "words",
        "pack.zip!/mail.eml": "Attachment: brief.docx (application/octet-stream)",
        "pack.zip!/mail.eml!/brief.docx": "Le brief.",
        "pack.zip!/box.mbox!/0001 a": "x",
        "pack.zip!/photo.jpg": "unknown_type: has a type that is not read yet (.jpg)",
        "pack.zip!/empty.txt": "empty: is empty",
        "pack.zip!/README": "unknown_type: has no suffix that says its type",
    }


def test_archive_in_archive(gathering: Gathering) -> None:
    """An archive in an archive is read, one in that is named only."""
    inner = zipped(("a.md", b"words"))
    data = zipped(("b.zip", inner), ("c.zip", zipped(("d.zip", inner), ("e.md", b"words"))))
    found = told(gathering("a.zip", data))
    assert found.pop("a.zip!/c.zip!/d.zip").startswith("nested: has too many files around it")
    assert found == {"a.zip!/b.zip!/a.md": "words", "a.zip!/c.zip!/e.md": "words"}


def link(name: str) -> zipfile.ZipInfo:
    """Describe a file of an archive as a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("name", "shown", "outcome"),
    [
        ("../a.md", "../a.md", "unsafe_path"),
        ("a/../../b.md", "a/../../b.md", "unsafe_path"),
        ("/etc/a.md", "/etc/a.md", "unsafe_path"),
        ("..\\a.md", "../a.md", "unsafe_path"),
        ("C:\\a.md", "C:/a.md", "unsafe_path"),
        (link("a.md"), "a.md", "not_a_file"),
        ("a/b\\c.md", "a/b/c.md", "words"),
        ("./a.md", "a.md", "words"),
        ("a..b.md", "a..b.md", "words"),
        ("a!/b.md", "a!!/b.md", "words"),
        ("a\nb.md", "a b.md", "words"),
        ("a\u202eb\u00a0c.md", "a b c.md", "words"),
        ("e\u0301.md", "\u00e9.md", "words"),
        ("x" * 300 + ".md", "x" * 120 + "…" + "x" * 117 + ".md", "words"),
    ],
)
def test_names_in_archives(
    gathering: Gathering, name: str | zipfile.ZipInfo, shown: str, outcome: str
) -> None:
    """A path that leads out and a link are refused; other names are made fit to show."""
    found = told(gathering("p.zip", zipped((name, b"words"))))
    assert {key: value.partition(":")[0] for key, value in found.items()} == {
        f"p.zip!/{shown}": outcome
    }


def test_mac_names(gathering: Gathering) -> None:
    """UTF-8 names without the flag that says so are read all the same, as are those of DOS."""
    data = zipped(("XXXXX.md", b"words"), ("YY.md", b"words"))
    data = data.replace(b"XXXXX", "\u00e9t\u00e9".encode()).replace(b"YY", b"\x82\x8a")
    assert list(told(gathering("p.zip", data))) == [
        "p.zip!/\u00e9t\u00e9.md",
        "p.zip!/\u00e9\u00e8.md",
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_names(gathering: Gathering) -> None:
    """Files of one name in one archive are all read, under names of their own."""
    data = zipped(("a.md", b"1"), ("a.md", b"2"), ("a (2).md", b"3"), ("./a.md", b"4"))
    assert told(gathering("p.zip", data)) == {
        "p.zip!/a.md": "1",
        "p.zip!/a (2).md": "2",
        "p.zip!/a (2) (2).md": "3",
        "p.zip!/a (3).md": "4",
    }


def test_encrypted_member(gathering: Gathering) -> None:
    """A file that needs a password is named; the others are read."""
    data = bytearray(zipped(("a.md", b"words"), ("b.md", b"words")))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert told(gathering("p.zip", bytes(data))) == {
        "p.zip!/a.md": "words",
        "p.zip!/b.md": "encrypted: is encrypted: remove the password and try again",
    }


def test_damaged_member(gathering: Gathering) -> None:
    """A file that does not unpack to what was packed is refused; the others are read."""
    data = zipped(("a.md", b"words and words"), ("b.md", b"words"))
    at = data.index(b"a.md") + 4
    found = told(gathering("p.zip", data[:at] + b"\x07" + data[at + 1 :]))
    assert found["p.zip!/a.md"].startswith("damaged: cannot be read: it is damaged (")
    assert found["p.zip!/b.md"] == "words"


def test_unknown_packing(gathering: Gathering) -> None:
    """A file packed in a way that Python does not know is refused with that reason."""
    data = bytearray(zipped(("a.md", b"words")))
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(signature) + offset] = 9
    assert told(gathering("p.zip", bytes(data))) == {
        "p.zip!/a.md": "damaged: is packed in a way that cannot be unpacked"
    }


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"words", "damaged: is damaged or is not a zip archive"),
        (b"", "empty: is empty"),
        (zipped(), "empty: has no files in it"),
        (zipped(("__MACOSX/a.md", b"x")), "empty: has no files in it"),
        (
            zipped(("a.md", bytes(30_000_000))),
            "zip_bomb: unpacks to 30 MB in 1 files from 29.3 kB: refused as a zip bomb",
        ),
    ],
    ids=["text", "nothing", "empty", "hidden", "bomb"],
)
def test_not_an_archive(gathering: Gathering, data: bytes, outcome: str) -> None:
    """An archive that is none, or holds nothing, or far too much, is refused as a whole."""
    assert told(gathering("p.zip", data)) == {"p.zip": outcome}


# --- what holds for all of them -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["p.zip", "b.mbox"])
def test_read_refuses_containers(readers: Readers, tmp_path: Path, name: str) -> None:
    """What is only a container is no document: `read` says so, `read_all` reads it."""
    (tmp_path / name).write_bytes(boxed(b"Subject: a\n\nx"))
    with pytest.raises(UnreadableError, match="holds files of its own") as caught:
        readers.read(tmp_path / name)
    assert caught.value.code == "container"


def test_plain_files(readers: Readers, tmp_path: Path) -> None:
    """A file that holds no others is given alone, under the name asked for, with its hash."""
    (tmp_path / "a.md").write_text("words")
    (tmp_path / "b.html").write_text("<p>words")
    for name in ("a.md", "b.html"):
        (member,) = readers.read_all(tmp_path / name, f"folder/{name}")
        assert member.name == f"folder/{name}"
        assert member.content == readers.read(tmp_path / name)
        assert member.sha256 == sha256((tmp_path / name).read_bytes()).hexdigest()


def test_member_hashes(gathering: Gathering) -> None:
    """A file within another has the hash of its own bytes, empty where it was refused."""
    members = gathering("p.zip", zipped(("a.md", b"words"), ("b.jpg", b"words")))
    assert [member.sha256 for member in members] == [sha256(b"words").hexdigest(), ""]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gone.md", "missing"),
        ("gone.zip", "missing"),
        ("a.xyz", "unknown_type"),
        ("x\0", "unknown_type"),
    ],
)
def test_nothing_is_raised(readers: Readers, tmp_path: Path, name: str, code: str) -> None:
    """A file that cannot be read at all is one member with the reason."""
    (member,) = readers.read_all(tmp_path / name)
    assert isinstance(member.content, UnreadableError)
    assert (member.name, member.content.code) == (name, code)


MANY = zipped(*((f"{number}.md", b"words") for number in range(9)))


@pytest.mark.parametrize(
    ("limits", "name", "data", "told_last"),
    [
        (Limits(members=8), "p.zip", MANY, "too_many_members: holds more than 8 files in all"),
        (
            Limits(members=1),
            "b.mbox",
            boxed(b"To: a\n\nx", b"To: b\n\ny"),
            "too_many_members: holds 2 messages; the limit is 1",
        ),
        (
            Limits(members=15),
            "p.zip",
            zipped(("a.zip", MANY), ("b.zip", MANY)),
            "too_many_members: holds more than 15 files in all",
        ),
        (
            Limits(file_mb=0.01),
            "p.zip",
            zipped(
                *(
                    (f"{at}.zip", zipped(*((f"{n}.md", bytes(9_000)) for n in range(5))))
                    for at in range(3)
                )
            ),
            "zip_bomb: unpacks to 1",
        ),
        (
            Limits(file_mb=0.01),
            "p.zip",
            zipped(("a.md", b"x" * 10_001)),
            "too_large: is 10.1 kB; the limit is 0.01 MB",
        ),
        (Limits(seconds=0), "p.zip", MANY, "timeout: took more than 0 s"),
    ],
    ids=["files", "messages", "nested", "bytes", "large", "time"],
)
def test_limits(tmp_path: Path, limits: Limits, name: str, data: bytes, told_last: str) -> None:
    """How much one file may hold is limited for all that is in it together."""
    (tmp_path / name).write_bytes(data)
    with Readers(limits) as readers:
        found = list(told(list(readers.read_all(tmp_path / name))).values())
    assert found[-1].startswith(told_last)


def test_crash_of_one(tmp_path: Path) -> None:
    """A file within another that takes too long costs only itself."""
    slow = b"<p>some words of a page that goes on and on</p>" * 60_000
    (tmp_path / "p.zip").write_bytes(zipped(("a.md", b"1"), ("b.html", slow), ("c.md", b"2")))
    with Readers(Limits(seconds=0.5, zip_ratio=5000)) as readers:
        found = told(list(readers.read_all(tmp_path / "p.zip")))
    assert found.pop("p.zip!/b.html").startswith("timeout: took more than 0.5 s to read")
    assert found == {"p.zip!/a.md": "1", "p.zip!/c.md": "2"}


def test_changed_meanwhile(readers: Readers, tmp_path: Path) -> None:
    """A file that is replaced while it is read gives no text under a wrong name."""
    path = tmp_path / "p.zip"
    path.write_bytes(zipped(("a.md", b"1"), ("b.md", b"2")))
    members = readers.read_all(path)
    assert isinstance(next(members).content, Document)
    path.write_bytes(zipped(("b.md", b"2"), ("c.md", b"3")))
    (last,) = members
    assert isinstance(last.content, UnreadableError)
    assert str(last.content) == "is not where it was: the file changed meanwhile"


@pytest.mark.parametrize(
    "data",
    [
        b"\n\nFrom 1:11" + b"1:11" * 300_000,
        b"\n\nFrom 1:11\n" * 100_000,
        b"From 1:11\nSubject:" + b"\n =?" * 300_000,
        b"From " * 300_000,
    ],
)
def test_time_grows_with_size(data: bytes) -> None:
    """A mailbox made to be slow is not: one megabyte took minutes when a pattern went back."""
    start = time.process_time()
    with contextlib.suppress(UnreadableError):
        entries(data, Limits(members=1_000_000))
    assert time.process_time() - start < 5
