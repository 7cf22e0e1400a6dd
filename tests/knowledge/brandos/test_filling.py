"""Structured sources fill records without a model: found with their places, never guessed."""

import io
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from savoirfaire.knowledge.brandos.records import FILL, Record
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.brandos.structured import tables
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.readers import mail, markdown, sheets, table, word
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.scope import ClientScope

Put = Callable[..., str]
ANY = settings(derandomize=True, deadline=None, database=None, max_examples=60)

PACK = '''
[brand]
name = "Maison Été"
language = "fr"
voice = """
Sobre \\
et exact."""
audience = "Des boulangers."

[[guidance]]
id = "one"
text = "Pas de superlatif."
'''
LONG = "date,channel,metric,value,unit\n2025-01-06,mail,opens,12,\n2025-01-13,mail,CTR,2.5,%\n"
WIDE = (
    "Date;Canal;Objet;Envois;Taux d'ouverture;Humeur\n"
    "06/01/2025;Newsletter;Bonne année;1 200;24,5 %;bonne\n"
    "13/01/2025;Newsletter;Soldes;1 250;22 %;moins\n"
    "Total;;;2 450;;\n"
)
ACROSS = "metric,Jan 2025,Feb 2025\nopens,12,13\nclicks,2,3\n"


def csv(written: str) -> Document:
    """A CSV as its reader gives it."""
    return table.read(written.encode(), Limits())


def xlsx(*rows: list[Any], title: str = "Newsletter") -> Document:
    """A workbook of one sheet as its reader gives it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return sheets.read(stream.getvalue(), Limits())


def document(rows: list[list[str]], comment: str = "") -> Document:
    """A Word file with a table and a comment as its reader gives it."""
    made = docx.Document()
    words = made.add_paragraph("The draft of our letter.")
    grid = made.add_table(0, len(rows[0]))
    for row in rows:
        for cell, value in zip(grid.add_row().cells, row, strict=True):
            cell.text = value
    if comment:
        made.add_comment(words.runs, text=comment, author="Léa")
    stream = io.BytesIO()
    made.save(stream)
    return word.read(stream.getvalue(), Limits())


def letter(body: str, subject: str = "Re: Draft 4") -> Document:
    """A mail as its reader gives it."""
    message = EmailMessage()
    message["From"], message["To"] = "Léa <lea@acme.example>", "us@agency.example"
    message["Subject"], message["Date"] = subject, "Mon, 3 Mar 2025 10:00:00 +0000"
    message.set_content(body)
    return mail.read(message.as_bytes(), Limits())


def require_exact(ledger: Ledger, scope: ClientScope, records: list[Record]) -> None:
    """Every citation stands where it says, of a field that is there."""
    for record in records:
        assert record.citations
        for cited in record.citations:
            assert ledger.text(scope, cited.source)[cited.start : cited.end] == cited.quote


def values(record: Record) -> list[tuple[str, float]]:
    """The points of a series."""
    return [(each["date"], each["value"]) for each in record.data.plain()["points"]]


def by_metric(brand_os: BrandOS, scope: ClientScope) -> dict[str, Record]:
    """The series of a client, by metric."""
    found = brand_os.list(scope, kind="channel_performance")
    return {each.data.plain()["metric"]: each for each in found}


def test_brand_pack(brand_os: BrandOS, ledger: Ledger, acme: ClientScope, put: Put) -> None:
    """A brand pack is the voice, its guidance and the audience, cited as written there."""
    put(acme, "brand.toml", PACK, kind="brand")
    assert brand_os.fill(acme).active == 2
    audience, voice = brand_os.list(acme)
    assert voice.data.plain()["voice"] == "Sobre et exact."
    assert audience.data.plain()["description"] == "Des boulangers."
    quotes = {each.field: each.quote for each in voice.citations}
    assert quotes["/voice"] == "Sobre \\\net exact."
    assert quotes["/guidance/0"] == "Pas de superlatif."
    assert {each.author for each in (audience, voice)} == {"brand.toml"}
    require_exact(ledger, acme, [audience, voice])


def test_wide_table(brand_os: BrandOS, ledger: Ledger, acme: ClientScope, put: Put) -> None:
    """A French table with a column for each metric: numbers, dates, units, subject lines."""
    put(acme, "resultats.csv", csv(WIDE))
    filled = brand_os.fill(acme)
    found = by_metric(brand_os, acme)
    assert set(found) == {"sent", "open_rate"}
    assert values(found["sent"]) == [("2025-01-06", 1200.0), ("2025-01-13", 1250.0)]
    assert values(found["open_rate"]) == [("2025-01-06", 24.5), ("2025-01-13", 22.0)]
    assert found["open_rate"].data.plain()["unit"] == "%"
    assert found["sent"].data.plain()["points"][0]["label"] == "Bonne année"
    assert [each.quote for each in found["open_rate"].citations] == ["24,5 %", "22 %"]
    assert {each.what for each in filled.skipped} == {"Date", "Humeur"}
    require_exact(ledger, acme, list(found.values()))


@pytest.mark.parametrize(
    ("read", "wanted"),
    [
        (csv(LONG), {"opens": [("2025-01-06", 12.0)], "click_rate": [("2025-01-13", 2.5)]}),
        (
            csv(ACROSS),
            {
                "opens": [("2025-01-01", 12.0), ("2025-02-01", 13.0)],
                "clicks": [("2025-01-01", 2.0), ("2025-02-01", 3.0)],
            },
        ),
        (
            xlsx(["Week", "Open rate"], ["2025-W02", 0.25], ["2025-W03", 12.125]),
            {"open_rate": [("2025-01-06", 0.25), ("2025-01-13", 12.125)]},
        ),
        (csv("date,temperature\n2025-01-01,3\n2025-01-02,4\n"), {}),
        (csv("name,opens\nA,1\nB,2\n"), {}),
        (csv("date,opens\n03/04/2025,1\n04/05/2025,2\n"), {}),
        (csv("date;cost\n2025-01-01;24.500\n2025-01-02;7\n"), {}),
        (
            csv("date;opens\n2025-01-01;24.500\n2025-01-02;7\n"),
            {"opens": [("2025-01-01", 24500.0), ("2025-01-02", 7.0)]},
        ),
        (
            csv("Report;;\nDate;Canal;Clics\n31/03/25;mail;1\n05/04/25;mail;n.c.\n"),
            {"clicks": [("2025-03-31", 1.0)]},
        ),
        (
            csv("canal;janvier 2025;février 2025\nnewsletter;1;2\n"),
            {},
        ),
        (csv("date,opens\n2025-01-01,12%\n2025-01-02,12\n"), {}),
        (csv("date,opens\n"), {}),
        (csv("date,opens,opens\n2025-01-01,1,2\n2025-01-02,1,2\n"), {}),
    ],
)
def test_layouts(
    brand_os: BrandOS,
    ledger: Ledger,
    acme: ClientScope,
    put: Put,
    read: Document,
    wanted: dict[str, list[tuple[str, float]]],
) -> None:
    """Long, wide and dated columns are read; what is no result, or unclear, is left alone."""
    put(acme, "mail.csv", read)
    brand_os.fill(acme)
    found = by_metric(brand_os, acme)
    assert {name: values(each) for name, each in found.items()} == wanted
    require_exact(ledger, acme, list(found.values()))


def test_filling_again(brand_os: BrandOS, acme: ClientScope, put: Put, engine: Engine) -> None:
    """Filling again writes nothing; a changed file replaces its own series, and no other's."""
    put(acme, "a.csv", csv(WIDE))
    put(acme, "b.csv", csv(WIDE.replace("24,5", "30,5")))
    assert brand_os.fill(acme).active == 4
    before = dump(engine)
    assert brand_os.fill(acme).unchanged == 4
    assert dump(engine) == before
    put(acme, "a.csv", csv(WIDE.replace("22 %", "23 %")))
    filled = brand_os.fill(acme)
    assert (filled.replaced, filled.active, filled.proposed) == (1, 0, 0)
    rates = [r for r in brand_os.list(acme) if r.data.plain()["metric"] == "open_rate"]
    assert {(each.author, values(each)[1][1]) for each in rates} == {("a.csv", 23), ("b.csv", 22)}
    put(acme, "a.csv", csv(WIDE))
    assert brand_os.fill(acme).replaced == 1
    (back,) = [r for r in brand_os.list(acme) if r.author == "a.csv" and values(r)[1][1] == 22]
    assert len(brand_os.history(acme, back.id)) == 3


def dump(engine: Engine) -> list[Any]:
    """All rows of records and citations."""
    with engine.connect() as connection:
        return [
            connection.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2, 3")).all()
            for name in ("records", "citations", "facts")
        ]


def test_a_person_has_decided(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """What a person edited, a file no longer replaces: what it says then is proposed."""
    put(acme, "brand.toml", PACK, kind="brand")
    brand_os.fill(acme)
    (voice,) = brand_os.list(acme, kind="brand_voice")
    mine = brand_os.edit(acme, voice.id, {**voice.data.plain(), "voice": "Chaleureux."}, by="kim")
    assert brand_os.fill(acme).proposed == 0
    put(acme, "brand.toml", PACK.replace("exact", "net"), kind="brand")
    assert brand_os.fill(acme).proposed == 1
    assert [each.id for each in brand_os.list(acme, kind="brand_voice")] == [mine.id]
    (waiting,) = brand_os.list(acme, status="proposed")
    ((rival, fields),) = brand_os.contradictions(acme, waiting.id)
    assert (rival.id, fields) == (mine.id, ["voice"])


def test_a_person_took_it_back(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """What a person took back does not become active again by its file, changed or not."""
    put(acme, "brand.toml", PACK, kind="brand")
    brand_os.fill(acme)
    (voice,) = brand_os.list(acme, kind="brand_voice")
    brand_os.reject(acme, voice.id, by="kim")
    for said in (PACK, PACK.replace("exact", "net")):
        put(acme, "brand.toml", said, kind="brand")
        brand_os.fill(acme)
        assert brand_os.list(acme, kind="brand_voice") == []


def test_a_file_that_comes_back(
    brand_os: BrandOS, ledger: Ledger, acme: ClientScope, put: Put, engine: Engine
) -> None:
    """What ended with its file is filled again when the file is there again."""
    put(acme, "mail.csv", csv(ACROSS))
    brand_os.fill(acme)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM citations"))
        connection.execute(text("DELETE FROM sources"))
    brand_os.reexamine(acme)
    assert brand_os.list(acme) == []
    put(acme, "mail.csv", csv(ACROSS))
    assert brand_os.fill(acme).active == 2
    again = brand_os.list(acme)
    assert {each.decided_by for each in again} == {FILL}
    require_exact(ledger, acme, again)


def test_edition(brand_os: BrandOS, ledger: Ledger, acme: ClientScope, put: Put) -> None:
    """An edition is counted: date, sections, items, links and words; code and targets are not."""
    written = (
        "---\ntitle: Lettre 4\nlang: fr\n---\nBonjour à tous.\n\n## À la une\n\n"
        "- Un [lien](https://a.example/x) ici\n  - dessous\n- Deux [liens][a] et [b][]\n\n"
        "```\n## pas un titre\n- pas un sujet\n```\n\n## Agenda\n\n1. Lundi\n\n[a]: https://b.example\n"
    )
    put(
        acme, "past/2025-01-06-lettre.md", markdown.read(written.encode(), Limits()), kind="edition"
    )
    assert brand_os.fill(acme).active == 1
    (edition,) = brand_os.list(acme)
    told = edition.data.plain()
    assert (told["name"], told["date"], told["language"]) == ("Lettre 4", "2025-01-06", "fr")
    assert told["sections"] == ["À la une", "Agenda"]
    assert (told["items"], told["links"], told["words"]) == (3, 3, 17)
    require_exact(ledger, acme, [edition])


@pytest.mark.parametrize(
    ("rows", "kind", "said"),
    [
        (
            [["Concurrent", "Positionnement", "Points forts"], ["Bolt", "pas cher", "prix"]],
            "competitor",
            {"name": "Bolt", "positioning": "pas cher", "strengths": ["prix"]},
        ),
        (
            [["Persona", "Age", "Besoin"], ["Léa", "40", "du temps"]],
            "audience_persona",
            {
                "name": "Léa",
                "traits": [
                    {"attribute": "Age", "value": "40", "assumed": False},
                    {"attribute": "Besoin", "value": "du temps", "assumed": False},
                ],
            },
        ),
        (
            [["Learning", "Context"], ["Short works", "mail"]],
            "learning",
            {"topic": "Short works", "statement": "Short works", "context": "mail"},
        ),
        (
            [["Prestation", "Unité", "Tarif HT"], ["Conseil", "jour", "1 250,50 €"]],
            "offer",
            {
                "currency": "EUR",
                "tax": "excluded",
                "lines": [
                    {"item": "Conseil", "unit": "jour", "amount": "1250.50", "notes": ""},
                ],
            },
        ),
        (
            [["Step", "Who", "Duration"], ["Proofread", "editor", "1 h"]],
            "process_step",
            {"what": "Proofread", "who": "editor", "duration": "1 h", "order": 1},
        ),
    ],
)
def test_tables_are_proposed(
    brand_os: BrandOS,
    ledger: Ledger,
    acme: ClientScope,
    put: Put,
    rows: list[list[str]],
    kind: str,
    said: dict[str, Any],
) -> None:
    """Known tables in Word and Excel are proposed, cell by cell, and never active by themselves."""
    put(acme, "a.docx", document(rows))
    put(acme, "b.xlsx", xlsx(*rows))
    brand_os.fill(acme)
    assert brand_os.list(acme) == []
    found = brand_os.list(acme, status="proposed")
    assert {each.kind for each in found} == {kind}
    for record in found:
        told = record.data.plain()
        assert {name: told[name] for name in said} == said
    require_exact(ledger, acme, found)


@pytest.mark.parametrize(
    "rows",
    [
        [["Offer", "Price"], ["Advice", "24.500"]],
        [["Offer", "Price"], ["Advice", "1200"]],
        [["Name", "Colour"], ["Bolt", "red"]],
        [["Competitor", "Colour"], ["Bolt", "red"]],
        [["Competitor", "Competitor"], ["Bolt", "Bolt"]],
    ],
)
def test_unclear_tables(
    brand_os: BrandOS, acme: ClientScope, put: Put, rows: list[list[str]]
) -> None:
    """An amount that may be two, one without a currency, and unknown columns propose nothing."""
    put(acme, "a.docx", document(rows))
    brand_os.fill(acme)
    assert brand_os.list(acme, status="proposed") == []


def test_note(brand_os: BrandOS, ledger: Ledger, acme: ClientScope, put: Put) -> None:
    """A note that says what it is, in French, is proposed with each of its parts."""
    written = (
        "---\nfiche: échec\nquoi: Un sondage\ndate: 3 mars 2025\nvalable du: 2025-03-01\n---\n"
        "## Contexte\n\nEn août.\n\n## Résultat\n\nDeux réponses.\n\n## Pourquoi\n\nLes vacances.\n"
    )
    put(acme, "note.md", written)
    assert brand_os.fill(acme).proposed == 1
    (found,) = brand_os.list(acme, status="proposed")
    told = found.data.plain()
    assert (found.kind, found.valid_from) == ("fail", "2025-03-01")
    assert (told["what"], told["context"], told["date"]) == ("Un sondage", "En août.", "2025-03-03")
    assert (told["result"], told["why"]) == ("Deux réponses.", "Les vacances.")
    require_exact(ledger, acme, [found])


@pytest.mark.parametrize("record", ["rule", "win", "brand", "past_edition", "channel_performance"])
def test_note_that_is_none(brand_os: BrandOS, acme: ClientScope, put: Put, record: str) -> None:
    """A note of an unknown kind, or without what its kind needs, is named and not taken."""
    put(acme, "note.md", f"---\nrecord: {record}\n---\n")
    filled = brand_os.fill(acme)
    assert (filled.active, filled.proposed) == (0, 0)
    assert [(each.path, bool(str(each.why))) for each in filled.skipped] == [("note.md", True)]


def test_comments_and_replies(
    brand_os: BrandOS, ledger: Ledger, acme: ClientScope, put: Put
) -> None:
    """A comment in Word and a reply by mail are feedback, word for word; a first mail is none."""
    put(acme, "draft.docx", document([["a", "b"]], comment="Too long: cut it."))
    put(
        acme, "reply.eml", letter("Much better.\n\nOn 3 March 2025, us wrote:\n> here is draft 4\n")
    )
    put(acme, "first.eml", letter("Here is the brief.", subject="Brief"))
    assert brand_os.fill(acme).proposed == 2
    told = [each.data.plain() for each in brand_os.list(acme, status="proposed")]
    assert [(each["about"], each["author"], each["quote"]) for each in told] == [
        ("Draft 4", "Léa", "Much better."),
        ("draft", "Léa", "Too long: cut it."),
    ]
    assert told[0]["date"] == "2025-03-03"
    require_exact(ledger, acme, brand_os.list(acme, status="proposed"))


def test_long_table(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """A table longer than is read is named, and costs no time."""
    rows = "".join(f"2025-01-01,{n}\n" for n in range(tables.MOST_ROWS + 1))
    put(acme, "big.csv", csv(f"date,opens\n{rows}"))
    filled = brand_os.fill(acme)
    assert filled.active == 0
    assert [each.what for each in filled.skipped] == ["big"]


def test_many_series(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """Of a table that is very wide, so much is read, and the rest is named."""
    header = ",".join(f"m{n}" for n in range(203))
    numbers = ",".join("1" for _ in range(203))
    put(acme, "wide.csv", csv(f"date,channel,{header}\n2025-01-01,mail,{numbers}\n"))
    filled = brand_os.fill(acme)
    assert filled.active == 200
    assert len(filled.skipped) == 1


WORDS = st.sampled_from(
    [
        *(
            "date",
            "canal",
            "opens",
            "taux d'ouverture",
            "metric",
            "value",
            "2025-01-01",
            "mars 2025",
        ),
        *(
            "24,5 %",
            "1.234",
            "; ",
            ": ",
            "opens: 3",
            "\\",
            '"',
            "|",
            "competitor",
            "prix",
            "€",
            "§",
        ),
        *("---", "\n", "persona", "12", "-", "\u202f", "Comment by A: x", "# x", "- y"),
    ]
)


@pytest.fixture(scope="module")
def hostile(common: Path, _blank: Path) -> Path:
    """A ledger for many examples."""
    path = common / f"hostile-{random.randrange(10**9)}.db"  # noqa: S311 - a name
    path.write_bytes(_blank.read_bytes())
    return path


@ANY
@given(
    rows=st.lists(st.lists(WORDS, min_size=1, max_size=5).map("".join), min_size=1, max_size=6),
    sign=st.sampled_from([",", ";", "\t", " | "]),
)
def test_hostile_tables(hostile: Path, rows: list[str], sign: str) -> None:
    """Whatever a table holds, filling ends, every quote is exact, and again nothing changes."""
    engine = open_database(hostile)
    ledger, brand_os = Ledger(engine), BrandOS(engine)
    names = {name for name, _language, _count in ledger.clients()}
    scope = ClientScope("acme") if "acme" in names else ledger.add_client("acme", "en")
    written = "\n".join(sign.join([row, *rows]) for row in rows)
    for number, read in enumerate((csv(written), markdown.read(written.encode(), Limits()))):
        from_reader(ledger, scope, f"{number}.csv", read)
    brand_os.fill(scope)
    found = [*brand_os.list(scope), *brand_os.list(scope, status="proposed")]
    for record in found:
        for cited in record.citations:
            if cited.start is not None:
                assert ledger.text(scope, cited.source)[cited.start : cited.end] == cited.quote
    again = brand_os.fill(scope)
    assert (again.active, again.replaced, again.proposed) == (0, 0, 0)
    engine.dispose()


def from_reader(ledger: Ledger, scope: ClientScope, path: str, read: Document) -> None:
    """Put what a reader gave."""
    from dataclasses import asdict  # noqa: PLC0415 - only here

    from savoirfaire.knowledge.ledger import Source  # noqa: PLC0415

    places = [asdict(each) for each in read.locators]
    ledger.put(scope, [Source(path, "table", "", None, None, "0", read.text, (), places)])


def test_two_fill_at_once(brand_os: BrandOS, acme: ClientScope, put: Put, data: Path) -> None:
    """Several that fill at the same time write each record once."""
    for number in range(4):
        put(acme, f"{number}.csv", csv(WIDE))

    def fill(_: int) -> int:
        engine = open_database(data / "ledger.db", wait=20)
        try:
            return BrandOS(engine).fill(acme).active
        finally:
            engine.dispose()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(fill, range(3))) == 8
    assert len(brand_os.list(acme)) == 8


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (csv("canal;janvier 2025;février 2025\nnewsletter;1;2\n"), "nothing says what is measured"),
        (csv("date;mail;opens\n03/04/2025;a;1\n04/05/2025;b;2\n"), "03/04/2025 is no date"),
        (csv("date;canal;clics\n2025-01-01;a;n.c.\n2025-01-02;a;2\n"), "such as n.c."),
        (csv("date;canal;cost\n2025-01-01;a;1,234\n"), "1,234 may be read two ways"),
        (Document("---\ndate: 31/02/2025\n---\nText\n"), "31/02/2025 was not read"),
    ],
)
def test_what_is_left_out_is_said(
    brand_os: BrandOS, acme: ClientScope, put: Put, read: Document, what: str
) -> None:
    """Nothing vanishes without a word, and the words are those of the file."""
    put(acme, "a.csv", read)
    assert any(what in str(each.why) for each in brand_os.fill(acme).skipped)


@pytest.mark.parametrize(
    ("written", "share"),
    [("45 %", 0.45), ("0,35", 0.35), ("35", 0.35), ("0.5", 0.5), ("many", None), ("120 %", None)],
)
def test_a_share(
    brand_os: BrandOS, acme: ClientScope, put: Put, written: str, share: float | None
) -> None:
    """A share is read as it is written; what is none is left out by name, and the rest is kept."""
    put(acme, "p.md", f"---\nrecord: persona\nname: Léa\npart: {written}\n---\nBakes.\n")
    filled = brand_os.fill(acme)
    (found,) = brand_os.list(acme, status="proposed")
    assert found.data.plain()["share"] == share
    assert [each.what for each in filled.skipped] == ([] if share else ["share"])


def test_a_rate_card_with_an_odd_cell(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """Rows that can be read are kept, with the tax they say; the odd one is named."""
    rows = [["Prestation", "Tarif"], ["Audit", "1 200 € HT"], ["Texte", "950,50 € HT"]]
    put(acme, "a.docx", document([*rows, ["Film", "sur devis"]]))
    filled = brand_os.fill(acme)
    (found,) = brand_os.list(acme, status="proposed")
    told = found.data.plain()
    assert [each["amount"] for each in told["lines"]] == ["1200", "950.50"]
    assert told["tax"] == "excluded"
    assert [str(each.why) for each in filled.skipped] == ["sur devis is no amount"]


@pytest.mark.parametrize(("path", "active"), [("e_2025.csv", 0), ("newsletter/2025.csv", 1)])
def test_a_channel_is_not_invented(
    brand_os: BrandOS, acme: ClientScope, put: Put, path: str, active: int
) -> None:
    """A table whose channel nothing names is only proposed; a folder may name it."""
    put(acme, path, csv("Date;Clics\n2025-01-01;3\n2025-01-02;4\n"))
    filled = brand_os.fill(acme)
    assert (filled.active, filled.proposed) == (active, 1 - active)


def test_french_days_of_a_french_client(brand_os: BrandOS, ledger: Ledger, put: Put) -> None:
    """In a note without a language of its own, a date is read as its client writes it."""
    scope = ledger.add_client("fournil", "fr")
    put(scope, "n.md", "---\nrecord: fail\nwhat: A\ncontext: B\nresult: C\ndate: 05/03/2025\n---\n")
    brand_os.fill(scope)
    (found,) = brand_os.list(scope, status="proposed")
    assert found.data.plain()["date"] == "2025-03-05"


def test_sources_of_a_kind_that_is_missing(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """A gap names the sources that are called by its kind."""
    put(acme, "brief/brief.md", "Sell more bread.\n")
    (gap,) = [each for each in brand_os.gaps(acme, "2025-01-01") if each.kind == "brief"]
    assert gap.sources == ("brief/brief.md",)
