"""Where the links of a text lead, and whether they may.

A link may stand if a source shown to the role has the very same address, or if its host is on
the client's list. An address that could run or carry something is never allowed.
"""

import html
import re
from collections.abc import Container, Iterable, Iterator
from urllib.parse import urlsplit

from savoirfaire.agents.prose import TARGET, URL, hide, hide_urls

_SCRIPT = re.compile(
    r"\b(?:javascript|vbscript)\s*:\s*\S+|\bdata:\w+/[\w.+-]+[;,]\S*", re.IGNORECASE
)
_ANGLED = re.compile(r"<(?P<url>[a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^<>\s]*)>")
_DOTTED = re.compile(r"[\w.-]+")
_UNSEEN = re.compile(r"[\x00-\x20\x7f\xa0\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_RUNS = frozenset({"javascript:", "vbscript:", "data:", "file:", "blob:", "about:"})

# Last labels that make a dotted word an address for a mail client: generic ones, then countries.
_LAST_LABELS = (
    "com net org info biz edu gov mil int name pro mobi app dev page site online store shop "
    "blog tech cloud space website live news media agency digital studio design link click "
    "top xyz club vip work world today life email group team zone host press fun icu bid win "
    "loan zip mov ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi "
    "bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz "
    "de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn "
    "gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke "
    "kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml "
    "mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe "
    "pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm "
    "sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk "
    "us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw "
)
_ENDINGS = frozenset(_LAST_LABELS.split())


def links(text: str) -> Iterator[str]:
    """Every address in `text` as written: link targets, bare URLs, bare domains, scripts."""
    for match in TARGET.finditer(text):
        if target := match["url"].removeprefix("<").removesuffix(">"):
            yield target
    for match in _ANGLED.finditer(text):
        yield match["url"]
    for match in (*URL.finditer(text), *_SCRIPT.finditer(hide_urls(text))):
        yield match.group()
    yield from domains(hide(text))


def domains(hidden: str) -> Iterator[str]:
    """The bare domains of hidden text: dotted words with an ending that mail clients link."""
    for word in _DOTTED.findall(hidden):
        name = word.strip(".-")
        *labels, ending = name.split(".")
        if any(labels) and ending.lower() in _ENDINGS and (ending.islower() or ending.isupper()):
            yield name


def address(url: str) -> str:
    """The form in which two addresses are compared: scheme and host lower-cased, no last slash."""
    bare = html.unescape(url).strip().rstrip("/")
    if bare.startswith("//") or not _SCHEME.match(bare):
        return bare
    try:
        parts = urlsplit(bare)
    except ValueError:
        return bare
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def addresses(text: str) -> frozenset[str]:
    """Every address of a source in compared form, and its hosts as bare domains."""
    found = {address(url) for url in links(text)}
    return frozenset(found | {_host(url) for url in found})


def may_link(url: str, known: Container[str], hosts: Iterable[str]) -> bool:
    """Whether `url` may go out: not a script, and known from a source or on an allowed host."""
    seen = html.unescape(url)
    scheme = _SCHEME.match(_UNSEEN.sub("", seen))
    if scheme and scheme.group().lower() in _RUNS:
        return False
    if address(url) in known:
        return True
    host = "" if _UNSEEN.search(seen) or "\\" in seen else _host(seen)
    return any(host == allowed or host.endswith(f".{allowed}") for allowed in hosts)


def _host(url: str) -> str:
    """The host of a plain web address or bare domain; empty for anything else."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = parts.hostname or ""
    except ValueError:
        return ""
    plain = parts.scheme.lower() in {"http", "https"} and "@" not in parts.netloc
    return host.rstrip(".") if plain else ""
