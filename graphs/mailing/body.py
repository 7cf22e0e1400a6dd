"""An edition as an HTML e-mail.

Mail clients differ in what they keep: Gmail drops `<style>` where a message is forwarded, Outlook
draws with Word, most block what is fetched. So every style stands on its element, the frame is
tables of 600 pixels at most, and nothing is fetched. Colours are set in pairs, text and ground, and
stay readable where a client turns them dark.
"""

import html
from collections.abc import Sequence
from string import Template

from markdown_it.token import Token

from savoirfaire.agents.forms import Language
from savoirfaire.graphs.page import parser

CLIPPED = 102_000
"""Bytes of HTML beyond which Gmail cuts a message and hides the rest behind a link."""

INK, SOFT, PAPER, GROUND = "#1c2024", "#565e66", "#fdfdfc", "#f2f3f4"
RULE, ACCENT, CODE = "#dfe2e5", "#0a58a8", "#eceef0"

_SERIF = "font-family:Georgia,'Times New Roman',serif;"
_SANS = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
_MONO = "font-family:Menlo,Consolas,'Courier New',monospace;"
_FILL = "&#847;&zwnj;&nbsp;" * 60  # keeps the text below from running into the preview

_STYLES = {
    "h1": f"margin:0 0 20px;{_SANS}font-size:26px;line-height:32px;font-weight:700;color:{INK};",
    "h2": f"margin:32px 0 12px;padding:20px 0 0;border-top:1px solid {RULE};{_SANS}font-size:19px;"
    f"line-height:26px;font-weight:700;color:{INK};",
    "h3": f"margin:24px 0 8px;{_SANS}font-size:16px;line-height:24px;font-weight:700;color:{INK};",
    "p": f"margin:0 0 16px;{_SERIF}font-size:17px;line-height:27px;color:{INK};",
    "ul": "margin:0 0 16px;padding:0 0 0 22px;",
    "ol": "margin:0 0 16px;padding:0 0 0 26px;",
    "li": f"margin:0 0 14px;{_SERIF}font-size:17px;line-height:27px;color:{INK};",
    "a": f"color:{ACCENT};text-decoration:underline;",
    "strong": "font-weight:700;",
    "em": "font-style:italic;",
    "code": f"{_MONO}font-size:15px;background-color:{CODE};color:{INK};word-break:break-word;",
    "pre": f"margin:0 0 16px;padding:14px;{_MONO}font-size:14px;line-height:21px;"
    f"background-color:{CODE};color:{INK};white-space:pre-wrap;word-break:break-word;",
    "blockquote": f"margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid {RULE};",
    "hr": f"margin:24px 0;border:0;border-top:1px solid {RULE};",
    "table": "margin:0 0 16px;border-collapse:collapse;width:100%;",
    "th": f"padding:6px 10px;border-bottom:2px solid {RULE};{_SANS}font-size:15px;color:{INK};",
    "td": f"padding:6px 10px;border-bottom:1px solid {RULE};{_SANS}font-size:15px;color:{INK};",
}

_MESSAGE = Template("""\
<!doctype html>
<html lang="$language" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<meta name="x-apple-disable-message-reformatting">
<title>$title</title>
</head>
<body style="margin:0;padding:0;background-color:$ground;color:$ink;">
<div lang="$language" dir="ltr" style="background-color:$ground;color:$ink;">
$preheader<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" \
bgcolor="$ground" style="background-color:$ground;">
<tr><td align="center" style="padding:20px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0">\
<tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" \
bgcolor="$paper" style="max-width:600px;background-color:$paper;color:$ink;">
$head<tr><td align="left" style="padding:24px 24px 12px;color:$ink;overflow-wrap:break-word;\
word-break:break-word;">
$body</td></tr>
$foot</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</div>
</body>
</html>
""")

_PREHEADER = (
    '<div style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;'
    f'overflow:hidden;mso-hide:all;color:{GROUND};">{{}}{_FILL}</div>\n'
)
_HEAD = (
    f'<tr><td style="padding:16px 24px 14px;border-top:4px solid {ACCENT};border-bottom:1px solid '
    f"{RULE};{_SANS}font-size:13px;line-height:18px;font-weight:700;letter-spacing:.04em;"
    f'color:{SOFT};">{{}}</td></tr>\n'
)
_FOOT = (
    f'<tr><td style="padding:16px 24px 24px;border-top:1px solid {RULE};{_SANS}font-size:13px;'
    f'line-height:20px;color:{SOFT};">{{}}</td></tr>\n'
)


def to_html(
    markdown: str,
    *,
    title: str,
    language: Language,
    preview: str = "",
    masthead: str = "",
    footer: Sequence[str] = (),
) -> str:
    """The message that shows `markdown`, without its footnotes, which are the agency's record.

    `preview` is what an inbox shows beside the subject; `masthead` stands above, the lines of
    `footer`, Markdown each, below.
    """
    reader = parser()
    body = _rendered(markdown)
    tokens = reader.parse(markdown, {"notes": set()})
    if not any(token.tag == "h1" for token in tokens):
        body = f'<h1 style="{_STYLES["h1"]}">{html.escape(title)}</h1>\n{body}'
    foot = "<br>".join(_inline(line) for line in footer)
    return _MESSAGE.substitute(
        language=language,
        title=html.escape(title),
        preheader=_PREHEADER.format(html.escape(preview)) if preview else "",
        head=_HEAD.format(html.escape(masthead)) if masthead else "",
        body=body,
        foot=_FOOT.format(foot) if foot else "",
        ink=INK,
        paper=PAPER,
        ground=GROUND,
    )


def _rendered(markdown: str) -> str:
    reader = parser()
    tokens = reader.parse(markdown, {"notes": set()})
    _style(tokens)
    return str(reader.renderer.render(tokens, reader.options, {}))


def _inline(markdown: str) -> str:
    reader = parser()
    tokens = reader.parseInline(markdown, {"notes": set()})
    _style(tokens)
    return str(reader.renderer.render(tokens, reader.options, {}))


def _style(tokens: Sequence[Token]) -> None:
    """Give each element its style, and each table what tells a reader that it is data."""
    for token in tokens:
        _style(token.children or [])
        opens = token.nesting > 0 or token.type in {"code_inline", "code_block", "fence", "hr"}
        tag = "pre" if token.type in {"code_block", "fence"} else token.tag
        style = _STYLES.get("h3" if tag in {"h4", "h5", "h6"} else tag)
        if opens and style:
            token.attrSet("style", f"{style}{token.attrGet('style') or ''}")
