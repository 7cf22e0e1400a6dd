"""What stands in a proposal: safe words, tables, the matrix for a spreadsheet."""

from decimal import Decimal
from typing import Literal

import pytest
from markdown_it import MarkdownIt

from savoirfaire.agents.bids.pricing import Discount, Effort, Pricing, quotation
from savoirfaire.graphs.bidding.document import COLUMNS, to_csv
from savoirfaire.graphs.bidding.matrixsheet import for_readers
from savoirfaire.graphs.bidding.pricetable import price_table
from savoirfaire.graphs.bidding.wording import bare, day_words, inline, later, quantity_words
from savoirfaire.knowledge.brandos.forms import Offer, RateLine

CARD = Offer(
    name="Rates",
    currency="EUR",
    tax="excluded",
    lines=(RateLine(item="Design", unit="day", amount=Decimal(850)),),
)


@pytest.mark.parametrize(
    "text",
    [
        *("# Lot", "- point", "1. One", "a | b", "<b>x</b>", "[x](javascript:x)", "*x* `y` _z_"),
        *(
            "> said",
            "---",
            "two\n\n# lines",
            "&amp; &#35;",
            "snake_case",
            "~~x~~",
            "\u202ereversed",
        ),
    ],
)
def test_inline(text: str) -> None:
    """Whatever the words, Markdown reads one paragraph of text, in one direction, no markup."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(inline(text))
    assert [each.type for each in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    kinds = {child.type for each in tokens for child in each.children or ()}
    assert kinds <= {"text", "text_special"}
    said = "".join(c.content for each in tokens for c in each.children or ())
    assert said == " ".join(text.replace("\u202e", "").split())


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("3.1. The **supplier** shall", "The supplier shall"),
        ("-   a site,\n    quick", "a site, quick"),
        ("a)  One lead", "One lead"),
        ("2 workshops", "2 workshops"),
        ("1.", "1."),
    ],
)
def test_bare(clause: str, words: str) -> None:
    """A clause without its number and bullet; figures of its own stay."""
    assert bare(clause) == words


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "\ufeffNo.,Clause,Heading,Kind,Whose,Requirement,Status,Answered in,Planned in"),
        ("fr", "\ufeffN°;Clause;Titre;Nature;À qui;Exigence;État;Réponse dans;Prévue dans"),
    ],
)
def test_matrix_for_a_spreadsheet(language: Literal["en", "fr"], said: str) -> None:
    """What goes out names columns and states in its language; another table stays as it is."""
    row = dict.fromkeys(COLUMNS, "x") | {"status": "likely", "force": "must"}
    names, told = for_readers(to_csv([row]), language).splitlines()
    assert names == said
    assert not {"likely", "must"} & set(told.replace(";", ",").split(","))
    assert for_readers("a,b\n1,2\n", language) == "a,b\n1,2\n"
    assert for_readers("", language) == ""


def test_price_table() -> None:
    """Discounts come off, tax goes on, and each lot has its sum, as each language writes them."""
    efforts = tuple(Effort(lot=f"Lot {n}", item="Design", quantity=Decimal("2.5")) for n in (1, 2))
    discounts = (Discount(label="Fidélité | 10", percent=Decimal(10)),)
    made = quotation(CARD, Pricing(efforts=efforts, discounts=discounts, vat=Decimal("5.5")))
    table = price_table(made, "fr", "excluded").replace("\u202f", " ").replace("\u00a0", " ")
    assert "| Lot 1 | Design | 2,5 | jours | 850,00 € | 2 125,00 € |" in table
    assert "| Fidélité \\| 10 |  |  |  |  | \u2212425,00 € |" in table
    assert "TVA, 5,5 % |  |  |  |  | 210,38 €" in table
    assert table.rstrip().endswith("**4 035,38 €** |")
    bare_ = quotation(CARD, Pricing(efforts=efforts[:1]))
    assert "exclude VAT" in price_table(bare_, "en", "excluded")
    assert "exclude VAT" not in price_table(bare_, "en", "unknown")


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [("1.5", "day", "1,5 jour"), ("2", "jour", "2 jours"), ("3", "m²", "3 m²"), ("1", "", "1")],
)
def test_quantities(quantity: str, unit: str, said: str) -> None:
    """In French the plural begins at two; units that are not known stay as they are."""
    assert quantity_words(Decimal(quantity), unit, "fr").replace("\u00a0", " ") == said


def test_days() -> None:
    """The first of a month is `1er` in French; there is no day after the last one."""
    assert day_words("2026-09-01", "fr") == "1er septembre 2026"
    assert day_words("2026-09-01", "en") == "1 September 2026"
    assert (later("2026-12-31", 1), later("9999-12-31", 1)) == ("2027-01-01", "9999-12-31")


def test_no_formula() -> None:
    """A spreadsheet computes nothing of what a brief says."""
    row = dict.fromkeys(COLUMNS, "x") | {"requirement": "=1+1\n, 2", "heading": "@a"}
    assert to_csv([row]).splitlines()[1] == "x,x,'@a,x,x,\"'=1+1 , 2\",x,x,x"
