"""Text, Markdown and tables: encodings, front matter, rows."""

import contextlib
import time
from pathlib import Path

import pytest

from savoirfaire.knowledge.readers import Document, Limits, UnreadableError, read

FRENCH = "Élodie a « déjà » reçu l’œuvre à 12 €…"


def reading(folder: Path, name: str, data: bytes) -> Document:
    """Write a file and read it."""
    path = folder / name
    path.write_bytes(data)
    return read(path)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-32", "utf-32-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, named: str) -> None:
    """The same words come out of every encoding that can be told, with plain newlines."""
    document = reading(tmp_path, "a.txt", f"{FRENCH}\r\nfin\rfin\n".encode(encoding))
    assert document.text == f"{FRENCH}\nfin\nfin\n"
    assert document.meta["encoding"] == named


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_big_endian(tmp_path: Path, mark: bytes) -> None:
    """A big-endian mark is obeyed too."""
    encoding = "utf-16-be" if len(mark) == 2 else "utf-32-be"
    assert reading(tmp_path, "a.txt", mark + FRENCH.encode(encoding)).text == FRENCH


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Привет, как дела? Это письмо для рекламы.", "cp1251"),
        ("Привет, как дела? Это письмо для рекламы.", "koi8-r"),
        ("Καλημέρα, αυτό είναι ένα γράμμα.", "cp1253"),
        ("שלום, זה מכתב על פרסום", "cp1255"),
        ("こんにちは、これは手紙です。広告について。", "shift-jis"),
        ("こんにちは、これは手紙です。広告について。", "euc-jp"),
        ("你好,这是一封关于广告的信。", "gbk"),
        ("안녕하세요, 광고에 대한 편지입니다.", "euc-kr"),
        ("Zażółć gęślą jaźń, ąę\x81", "cp1252"),
    ],
)
def test_foreign_encoding(tmp_path: Path, words: str, encoding: str) -> None:
    """Text in an encoding that cannot be told is refused rather than garbled."""
    data = words.encode(encoding) if encoding != "cp1252" else words.encode("latin-1", "replace")
    with pytest.raises(UnreadableError, match="is neither UTF-8 nor Windows-1252") as caught:
        reading(tmp_path, "a.md", data)
    assert caught.value.code == "encoding"


def test_mixed_encodings(tmp_path: Path) -> None:
    """UTF-8 with one foreign byte is refused, with the line, rather than read as Windows-1252."""
    data = "déjà\nvu à Évry\n".encode() + b"caf\xe9\n"
    with pytest.raises(UnreadableError, match=r"mixes UTF-8 with another encoding \(line 3\)"):
        reading(tmp_path, "a.md", data)


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\xef\xbb\xbfcaf\xe9"])
def test_false_mark(tmp_path: Path, data: bytes) -> None:
    """A byte order mark that the rest does not honour is a reason to refuse."""
    with pytest.raises(UnreadableError, match=r"is marked as UTF-\d+ but is not") as caught:
        reading(tmp_path, "a.txt", data)
    assert caught.value.code == "encoding"


def test_a_few_controls(tmp_path: Path) -> None:
    """A form feed, an escape and a stray control character do not make a text binary."""
    text = "page one\fpage two \x1b[1m" + "x" * 200 + "\x08"
    assert reading(tmp_path, "a.txt", text.encode()).text == text


@pytest.mark.parametrize("name", ["a.toml", "a.yaml", "a.yml", "a.markdown", "A.MD"])
def test_kept_as_it_stands(tmp_path: Path, name: str) -> None:
    """Markup that people write is its own canonical text."""
    text = "# title\nkey: 'value'   \n\n\tindented\n"
    document = reading(tmp_path, name, text.encode())
    assert (document.text, document.kind) == (text, "document")


@pytest.mark.parametrize(
    ("front", "title", "date", "language"),
    [
        ("title: Plain\ndate: 2025-06-27\nlang: fr-FR", "Plain", "2025-06-27", "fr"),
        ("title: 'It''s #360'\nlanguage: EN", "It's #360", None, "en"),
        ('title: "A \\"b\\" \\u00e9"\ndate: "2025-06-27T10:00:00Z"', 'A "b" é', "2025-06-27", None),
        ("title: Yes # no\ndate: 2025-06-27 12:00 +0200", "Yes", "2025-06-27", None),
        ("title: >\n  Folded\n  title\nlang: fr", "Folded title", None, "fr"),
        ("title: A: B\ntags: [a, b]\ndate: 27 June 2025", "A: B", "2025-06-27", None),
        ("title: null\ndate: 2025-13-45\nlang: français", "Heading", None, None),
        ("{{{ not yaml at all\n\t: : :\n- - -", "Heading", None, None),
        ("author:\n  name: X\n  links:\n    - y", "Heading", None, None),
        ("title: 'unclosed\nlang: fr", "unclosed", None, "fr"),
        ("title: &a *a\n? !!python/object:os.system x", "&a *a", None, None),
        ("", "Heading", None, None),
    ],
)
def test_front_matter(
    tmp_path: Path, front: str, title: str, date: str | None, language: str | None
) -> None:
    """Front matter gives what can be understood of it, stays in the text and never fails."""
    text = f"---\n{front}\n---\n\n# Heading #\n\nwords\n"
    document = reading(tmp_path, "a.md", text.replace("\n", "\r\n").encode())
    assert document.text == text
    assert (document.title, document.date, document.language) == (title, date, language)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("words\n\n# The **title**\n\n# Other", "The **title**"),
        ("```sh\n# a comment\n```\n# Title", "a"),
        ("## Second\n#hashtag", "a"),
        ("#   Closed C# ##  \nwords", "Closed C#"),
        ("# C#", "C#"),
        ("# ###", "###"),
        ("# \nwords", "a"),
        ("---\ntitle: never closed\n\nwords", "a"),
    ],
)
def test_markdown_title(tmp_path: Path, text: str, title: str) -> None:
    """The first heading is the title, else the file's name; a comment in code is no heading."""
    assert reading(tmp_path, "a.md", text.encode()).title == title


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.md", b"# x" + b" " * 3_000_000 + b"#" * 1_000_000 + b"y"),
        ("a.md", b"---\n" + b"a: '" * 1_000_000),
        ("a.csv", b'"' * 3_000_001),
        ("a.csv", b"1 1," + b"1 " * 1_000_000 + b"x\n" + b",\n" * 500_000),
        ("a.txt", b"\xc3\xa9" * 1_500_000 + b"\xe9"),
        ("a.txt", b"\xe9 " * 1_500_000),
    ],
    ids=["heading", "front", "quotes", "cells", "mixed", "accents"],
)
def test_time_grows_with_size(tmp_path: Path, name: str, data: bytes) -> None:
    """Text made to be slow is not: three megabytes take seconds if anything goes back and forth."""
    path = tmp_path / name
    path.write_bytes(data)
    start = time.process_time()
    with contextlib.suppress(UnreadableError):
        read(path)
    assert time.process_time() - start < 5


def test_front_matter_keys(tmp_path: Path) -> None:
    """Every plain value of the front matter is kept."""
    text = "---\npermalink: /en/2025/\nslug: x\nempty:\n---\nwords"
    meta = reading(tmp_path, "a.md", text.encode()).meta
    assert meta == {"permalink": "/en/2025/", "slug": "x", "encoding": "utf-8"}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("name,price\nTea,2\nCoffee,3\n", "name: Tea; price: 2\nname: Coffee; price: 3"),
        ("nom;prix\nThé;1,5\nCafé;2,5\n", "nom: Thé; prix: 1,5\nnom: Café; prix: 2,5"),
        ("a\tb\n1, 2\t3; 4\n", "a: 1, 2; b: 3; 4"),
        ("a|b\n1|2\n", "a: 1; b: 2"),
        ('q,a\n"Who, me?","Yes\nyou"\n', "q: Who, me?; a: Yes you"),
        ("region,2024,2025\nLyon,1,2\n", "region: Lyon; 2024: 1; 2025: 2"),
        ("Tea,2\nCoffee,3\n", "Tea; 2\nCoffee; 3"),
        ("a,b\n1\n1,2,3\n,\n,2\n", "a: 1\na: 1; b: 2; 3\nb: 2"),
        ("Report of May\n\na,b\n1,2\n3,4\n", "Report of May\na: 1; b: 2\na: 3; b: 4"),
        ("word\none\ntwo\n", "word: one\nword: two"),
        ("only,a,header\n", "only; a; header"),
        ("a,a\n1,2\n", "a: 1; a: 2"),
        ("Nom, prénom;Ville\nRoy, Zoé;Lyon\n", "Nom, prénom: Roy, Zoé; Ville: Lyon"),
        ("1,5;2,5;3,5\n2,5;1,0;0,5\n", "1,5; 2,5; 3,5\n2,5; 1,0; 0,5"),
        ("Ville;Prix\nLyon;1\u202f234,56\u00a0€\n", "Ville: Lyon; Prix: 1\u202f234,56\u00a0€"),
        ("Lyon;−12,5 %\nÉvry;+3\n", "Lyon; −12,5 %\nÉvry; +3"),
        ("Coût;(1 200)\nGain;12 k€\n", "Coût; (1 200)\nGain; 12 k€"),
        (
            "Lyon;27/06/2025;ouvert\nÉvry;28/06/2025;non\n",
            "Lyon; 27/06/2025; ouvert\nÉvry; 28/06/2025; non",
        ),
        (
            "Lyon;1er juin 2025;ouvert\nÉvry;2\u00a0juillet 2025;non\n",
            "Lyon; 1er juin 2025; ouvert\nÉvry; 2\u00a0juillet 2025; non",
        ),
        (
            "KPI;01/01/2025;01/02/2025\nVues;1 000;1 200\n",
            "KPI: Vues; 01/01/2025: 1 000; 01/02/2025: 1 200",
        ),
        ("sep=|\nNom|Note\nZoé|a;b;c\n", "Nom: Zoé; Note: a;b;c"),
        ('nom;note\n"Zoé ""Z""";"une\r\n\r\ndeux; trois"\n', 'nom: Zoé "Z"; note: une deux; trois'),
        ('taille\n12" écran\n', 'taille: 12" écran'),
    ],
)
def test_tables(tmp_path: Path, data: str, text: str) -> None:
    """A row is a line that carries its header, whatever the delimiter."""
    document = reading(tmp_path, "a.csv", data.encode())
    assert (document.text, document.kind) == (text, "table")


def test_table_rows(tmp_path: Path) -> None:
    """A row is found under the number that a spreadsheet gives it."""
    document = reading(tmp_path, "a.tsv", "nom\tville\n\nRené\tLyon\nZoé\tÉvry\n".encode("cp1252"))
    spans = {at.label: document.text[at.start : at.end] for at in document.locators}
    assert spans == {"row 3": "nom: René; ville: Lyon", "row 4": "nom: Zoé; ville: Évry"}
    assert document.meta == {"encoding": "cp1252", "delimiter": "\t"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_french_table(tmp_path: Path, encoding: str) -> None:
    """What a French spreadsheet exports is read as written, whatever its encoding."""
    data = 'Nom;Montant\r\n"Création\r\nde charte";1\u00a0234,56 €\r\n\r\nÉdition;12,5 %\r\n'
    document = reading(tmp_path, "a.csv", data.encode(encoding))
    assert document.text == (
        "Nom: Création de charte; Montant: 1\u00a0234,56 €\nNom: Édition; Montant: 12,5 %"
    )
    assert [at.label for at in document.locators] == ["row 2", "row 4"]


@pytest.mark.parametrize("close", ['"', ""])
def test_huge_field(tmp_path: Path, close: str) -> None:
    """A field of ten megabytes, closed or not, is one long line and no error."""
    document = reading(tmp_path, "a.csv", b'a,b\n"' + b"x" * 10_000_000 + close.encode() + b"\n")
    assert document.text == "a: " + "x" * 10_000_000


def test_long_table_is_cut_off(tmp_path: Path) -> None:
    """Rows stop being made where the limit on text is reached."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    with pytest.raises(UnreadableError, match=r"holds more than 0\.001 MB of text"):
        read(path, limits=Limits(text_mb=0.001))
