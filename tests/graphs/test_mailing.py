"""An edition as mail: within what clients keep, closed to what does not belong."""

import email
import re
from email.policy import default
from typing import Any

import pytest
from lxml import html

from savoirfaire.errors import EffectError
from savoirfaire.graphs.mailing import CLIPPED, Envelope, mail, to_html, to_message, to_words
from savoirfaire.graphs.mailing.body import ACCENT, CODE, GROUND, INK, PAPER, SOFT

EDITION = """# Été à l'atelier

Une lettre, deux nouvelles.[^1]

## Nouvelles

- **[Le four](https://a.example/four)\u00a0:** Il cuit 80 pains à 250\u202f°C.[^1]

- Voir `addr` et [le reste](https://a.example/x_(y)).[^2]

| pain | prix |
| - | -: |
| seigle | 3 € |

![un *four*](https://t.example/p.png)

[^1]: items/four.md, caractères 1–2\u00a0: «\u00a0Il cuit\u00a0»

[^2]: items/rye.md, caractères 3–4
"""

ENVELOPE = Envelope("L'été : 80 pains", "Durand", "2026-05-11T07:00:00.5+00:00", "fr")


def tree(markdown: str, title: str = "T", **more: Any) -> html.HtmlElement:
    """The page of a message, parsed."""
    return html.document_fromstring(to_html(markdown, title=title, language="fr", **more))


PAGE = tree(EDITION, preview="Deux nouvelles", masthead="Durand", footer=["Durand", "Lyon"])


# --- what clients keep ----------------------------------------------------------------------------


def test_every_style_stands_on_its_element() -> None:
    """Nothing hangs on a style sheet, a class, a script or anything fetched."""
    forbidden = "//style | //link | //script | //img | //iframe | //form | //@class | //@src"
    assert PAGE.xpath(forbidden) == []
    assert not re.search(
        r"url\(|@import|position\s*:|float\s*:|var\(", html.tostring(PAGE).decode()
    )
    for tag in ("h1", "h2", "p", "li", "a", "strong", "code", "td", "th"):
        assert all(element.get("style") or tag == "td" for element in PAGE.iter(tag)), tag


def test_the_frame() -> None:
    """Tables hold the frame, for looks only, and are 600 pixels wide at most; data stays data."""
    frames = PAGE.xpath("//table[@role='presentation']")
    assert len(frames) == 2
    assert "max-width:600px" in frames[1].get("style")
    widths = [
        int(w) for w in re.findall(r'width="(\d+)"', to_html(EDITION, title="T", language="fr"))
    ]
    assert max(widths) == 600
    (data,) = PAGE.xpath("//table[not(@role)]")
    assert [cell.text for cell in data.iter("th")] == ["pain", "prix"]


def test_languages_and_preview() -> None:
    """The language stands also where clients that drop the outer tags see it; the preview first."""
    assert (PAGE.get("lang"), PAGE.xpath("//body/div/@lang")) == ("fr", ["fr"])
    first = PAGE.xpath("//body/div/div")[0]
    assert first.text_content().startswith("Deux nouvelles")
    assert "display:none" in first.get("style")
    assert [h.text_content() for h in PAGE.iter("h1", "h2")] == ["Été à l'atelier", "Nouvelles"]
    assert "color-scheme" in PAGE.xpath("//meta/@name")


def test_under_what_gmail_clips() -> None:
    """Forty long entries stay under the size at which Gmail cuts a message."""
    entry = "- **[A headline of nine words](https://a.example/x):** " + "Some plain words. " * 40
    page = to_html("# T\n\n" + "\n\n".join([entry] * 40), title="T", language="en")
    assert len(page.encode()) < CLIPPED


def _light(colour: str) -> float:
    """Relative luminance, as WCAG 2 reckons it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _turned(colour: str) -> str:
    """The colour as a client that turns everything dark shows it."""
    return "#" + "".join(f"{255 - int(colour[n : n + 2], 16):02x}" for n in (1, 3, 5))


@pytest.mark.parametrize("ground", [PAPER, GROUND, CODE])
@pytest.mark.parametrize("ink", [INK, SOFT, ACCENT])
def test_colours(ink: str, ground: str) -> None:
    """Text stands out from its ground, as set and turned dark."""
    for one, other in ((ink, ground), (_turned(ink), _turned(ground))):
        light, dark = sorted((_light(one), _light(other)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


# --- what does not belong -------------------------------------------------------------------------


def test_the_agency_s_record_stays_at_home() -> None:
    """Neither marks, notes nor paths of footnotes leave the house; a picture leaves its words."""
    for text in (PAGE.text_content(), to_words(EDITION, language="fr")):
        assert "items/" not in text
        assert "[^" not in text
        assert "caractères" not in text
        assert "un four" in text


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("[a](https://a.org) <http://b.org> [c](mailto:c@d.org)", 3),
        ("[a](HTTPS://a.org)", 1),
        ("[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](&#106;avascript:alert(1))", 0),
        ("[a](data:text/html,x) <vbscript:x> [b](file:///etc/x) [c](/x) [d](//evil.org)", 0),
        ("<a href='https://a.org'>a</a>", 0),
        ("[a][r]\n\n[r]: javascript:alert(1)", 0),
        ("[![a](https://a.org/p.png)](https://a.org)", 1),
    ],
)
def test_links(markdown: str, links: int) -> None:
    """Only whole web and mail addresses stay links; the words of the others stay words."""
    found = tree(markdown).xpath("//a/@href")
    assert len(found) == links
    assert all(re.match("(?i)https?://|mailto:", each) for each in found)
    assert "](" not in tree(markdown).text_content()


@pytest.mark.parametrize("raw", ["<script>alert(1)</script>", "<b onclick='x'>y</b>", "</td>"])
def test_raw_html(raw: str) -> None:
    """Raw HTML is shown as the text it is, wherever it stands."""
    page = tree(f"{raw} and `{raw}`", title=raw, preview=raw, masthead=raw, footer=[raw])
    assert page.xpath("//script | //b | //@onclick") == []
    assert page.text_content().count(raw) == 7  # title twice: its own and the first heading


def test_a_mark_without_a_note() -> None:
    """A mark that no note defines is words, and so is one in code."""
    assert "A[^x] `[^1]`".replace("`", "") in tree("A[^x] `[^1]`\n\n[^1]: n\n").text_content()


# --- plain words ----------------------------------------------------------------------------------


def test_words() -> None:
    """Headings are ruled, lists marked, addresses numbered once each at the end, lines short."""
    text = to_words(
        "# T\n\nSee [a](https://x.org) and [b](https://y.org), [c](https://x.org).\n\n"
        "1. one\n2. two\n   - deep " + "long " * 30 + "\n\n```\ncode  here\n```\n",
        language="fr",
        footer=["Durand", "[Se désabonner](https://u.org)"],
    )
    assert "T\n=\n\nSee a\u00a0[1] and b\u00a0[2], c\u00a0[1]." in text
    assert "1. one\n\n2. two\n\n   * deep long" in text
    assert "    code  here" in text
    assert "Liens\n-----\n[1] https://x.org\n[2] https://y.org" in text
    assert text.endswith("-- \nDurand\nSe désabonner https://u.org\n")
    assert max(map(len, text.splitlines())) <= 72


# --- the message ----------------------------------------------------------------------------------


def message(**more: Any) -> Any:
    """A whole message, read back."""
    given = {"words": "Été\n", "page": "<p>Été</p>\n"} | more
    return email.message_from_string(to_message(ENVELOPE, **given), policy=default)


def test_message() -> None:
    """Both parts say the same, under headers that any mail program reads."""
    page, wire = mail(EDITION, ENVELOPE, title="T", preview="P", footer=["Durand"])
    read = email.message_from_string(wire, policy=default)
    assert (read["subject"], str(read["from"])) == (
        "L'été : 80 pains",
        "Durand <newsletter@sender.invalid>",
    )
    assert read["date"].datetime.isoformat() == "2026-05-11T07:00:00+00:00"
    assert (read["content-language"], read["x-unsent"]) == ("fr", "1")
    assert read.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert {p["content-transfer-encoding"] for p in read.iter_parts()} == {"quoted-printable"}
    assert not read.defects
    assert "250\u202f°C" in read.get_body(("plain",)).get_content()
    assert read.get_body(("html",)).get_content().replace("\r\n", "\n") == page


def test_wire_form() -> None:
    """Seven-bit lines that end in CRLF, none longer than mail allows."""
    wire = to_message(ENVELOPE, words="é" * 5000, page="<p>" + "word " * 5000)
    assert wire.isascii()
    assert "\n" not in wire.replace("\r\n", "")
    assert max(map(len, wire.split("\r\n"))) <= 998


def test_same_bytes() -> None:
    """The same edition is the same message; another has another name and boundary."""
    same = {to_message(ENVELOPE, words="a", page="b") for _ in range(3)}
    assert len(same) == 1
    assert message(words="x")["message-id"] != message(words="y")["message-id"]


def test_headers_cannot_be_forged() -> None:
    """A line break in what people write opens no header of its own."""
    forged = Envelope("a\r\nBcc: x@y.z", "b\nTo: x@y.z", ENVELOPE.sent, "en", "c <c@d.org>\nX: y")
    read = email.message_from_string(to_message(forged, words="", page=""), policy=default)
    assert read["bcc"] is read["to"] is read["x"] is None
    assert read["subject"] == "a Bcc: x@y.z"


def test_sender() -> None:
    """The client's own address where it is known, and how to leave."""
    envelope = Envelope(
        "S", "Durand", ENVELOPE.sent, "fr", "Boulangerie Durand <pain@d.example>",
        "https://d.example/u",
    )  # fmt: skip
    read = email.message_from_string(to_message(envelope, words="", page=""), policy=default)
    assert str(read["from"]) == "Boulangerie Durand <pain@d.example>"
    assert read["list-unsubscribe"] == "<https://d.example/u>"


def test_half_a_surrogate_pair() -> None:
    """What has no form in bytes is refused with its place, and nothing is written."""
    with pytest.raises(EffectError, match="surrogate"):
        message(words="\ud800")
