"""The frame of every page: one file, no network, both languages, keyboard, dark mode.

Every text stands in the page in English and in French; a button, or the key `l`, shows the other.
Without scripts the page can be read in the language it was made in. Keys: `j` and `k` go from one
part to the next, `o` opens and closes it, `/` goes to the filter.
"""

from collections.abc import Iterable
from html import escape

from savoirfaire.evals.report.words import WORDS

_CSS = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5a6472;--line:#d5dae1;
--back:#fff;--panel:#f5f7f9;--good:#1a7f4b;--bad:#b3261e;--mark:#8a5a00;--ins:#d9f2e3;--del:#fbdedb;--link:#0b57c2}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebef;--soft:#a4aebb;--line:#39414b;--back:#14171b;
--panel:#1d2228;--good:#5fd39a;--bad:#ff8a80;--mark:#f0b95a;--ins:#16402a;--del:#55211d;--link:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:68rem;background:var(--back);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:break-word}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
header{display:flex;gap:1rem;justify-content:space-between;align-items:start}
p{margin:.25rem 0}.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}
.mark{color:var(--mark)}.big{font-size:1.3rem;font-weight:600;margin:1rem 0 .25rem}
button,input{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);
border-radius:.4rem;padding:.3rem .7rem}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}
details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;background:var(--panel)}
summary{cursor:pointer;padding:.5rem .8rem;display:flex;gap:.8rem;flex-wrap:wrap}
summary .n{margin-left:auto}details>div{padding:.2rem .9rem .9rem}
pre{white-space:pre-wrap;background:var(--back);border:1px solid var(--line);border-radius:.4rem;
padding:.7rem;max-height:28rem;overflow:auto;font:14px/1.5 ui-monospace,monospace;margin:.4rem 0}
ins{background:var(--ins);text-decoration:none}del{background:var(--del)}
svg{width:100%;height:auto;display:block}svg text{fill:var(--ink);font-size:12px}
svg .soft{fill:var(--soft)}svg .axis{stroke:var(--line)}svg .dot{fill:var(--link)}
svg .bar{stroke:var(--link);stroke-width:2}svg .goodfill{fill:var(--good)}
svg .badfill{fill:var(--bad)}
html[data-lang=en] .t[lang=fr],html[data-lang=fr] .t[lang=en]{display:none}
@media print{details>div{display:block!important}button,input{display:none}}
"""
_JS = """
const root=document.documentElement,all=s=>[...document.querySelectorAll(s)];
const turn=()=>{const l=root.dataset.lang==='fr'?'en':'fr';root.dataset.lang=l;root.lang=l};
document.getElementById('turn').addEventListener('click',turn);
const filter=document.getElementById('filter');
if(filter)filter.addEventListener('input',()=>{const f=filter.value.toLowerCase();
all('details').forEach(d=>{d.hidden=!d.dataset.name.toLowerCase().includes(f)})});
addEventListener('keydown',e=>{if(e.target===filter){if(e.key==='Escape')filter.blur();return}
if(e.ctrlKey||e.metaKey||e.altKey)return;
const parts=all('details:not([hidden])>summary'),at=parts.indexOf(document.activeElement);
if(e.key==='j'&&parts.length)parts[Math.min(at+1,parts.length-1)].focus();
else if(e.key==='k'&&parts.length)parts[Math.max(at-1,0)].focus();
else if(e.key==='o'&&at>=0)parts[at].parentElement.toggleAttribute('open');
else if(e.key==='l')turn();
else if(e.key==='/'&&filter){e.preventDefault();filter.focus()}});
"""


def t(key: str, **values: object) -> str:
    """A text in both languages; `values` are escaped, numbers written each language's way."""
    english, french = WORDS[key]
    made = []
    for language, text in (("en", english), ("fr", french)):
        said = {name: escape(_said(value, language)) for name, value in values.items()}
        made.append(f'<span class="t" lang="{language}">{text.format(**said)}</span>')
    return "".join(made)


def number(value: float, digits: int = 3) -> str:
    """A number as both languages write it; the same in both is written once."""
    english, french = (_number(value, language, digits) for language in ("en", "fr"))
    if english == french:
        return english
    return f'<span class="t" lang="en">{english}</span><span class="t" lang="fr">{french}</span>'


def page(title: str, body: Iterable[str], *, language: str = "en") -> str:
    """A whole page; `title` is plain text."""
    return (
        f'<!doctype html><html lang="{language}" data-lang="{language}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>"
        f"<header><h1>{escape(title)}</h1>"
        f'<button id="turn" type="button">{t("turn")}</button></header>'
        f'<main>{"".join(body)}</main><p class="soft">{t("keys")}</p>'
        f"<script>{_JS}</script></body></html>"
    )


def table(
    columns: Iterable[str], rows: Iterable[Iterable[str]], numeric: Iterable[int] = ()
) -> str:
    """A table of markup; `numeric` columns are set to the right."""
    right = set(numeric)

    def cells(tag: str, row: Iterable[str]) -> str:
        return "".join(
            f"<{tag}{' class=n' if place in right else ''}>{cell}</{tag}>"
            for place, cell in enumerate(row)
        )

    head = f"<thead><tr>{cells('th', columns)}</tr></thead>"
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{head}<tbody>{body}</tbody></table></div>'


def part(name: str, summary: str, body: str, *, is_open: bool = False) -> str:
    """A part that opens and closes; `name` is what the filter looks at."""
    opened = " open" if is_open else ""
    return (
        f'<details data-name="{escape(name, quote=True)}"{opened}><summary>{summary}</summary>'
        f"<div>{body}</div></details>"
    )


def filter_field() -> str:
    """The field that filters the parts."""
    return f'<p><label>{t("filter")} <input id="filter" type="search"></label></p>'


def _said(value: object, language: str) -> str:
    return _number(value, language, 4) if isinstance(value, int | float) else str(value)


def _number(value: float, language: str, digits: int) -> str:
    text = f"{round(value, digits):,}"
    text = text.removesuffix(".0")
    if language == "fr":
        return text.replace(",", "\u202f").replace(".", ",")
    return text
