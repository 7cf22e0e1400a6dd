"""A brand pack as records: the brand's voice with its guidance, and whom it speaks to."""

import re
from collections.abc import Iterator

from savoirfaire.errors import BrandPackError
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.brandos.structured.material import (
    Cell,
    Filling,
    Found,
    Ground,
    Material,
)

KIND = "brand"
_NAMED = 80  # characters of an audience's words that can be its name

_VALUE = (
    r'[ \t]*=[ \t]*(?:"""(?P<long>(?:[^"\\]|\\[\s\S]|"(?!""))*)"""'
    r"|'''(?P<raw>(?:[^']|'(?!''))*)'''"
    r'|"(?P<short>(?:[^"\\\n]|\\.)*)"'
    r"|'(?P<bare>[^'\n]*)')"
)
_TABLE = re.compile(r"(?m)^[ \t]*\[{1,2}[ \t]*([\w.-]+)[ \t]*\]{1,2}")


def read(material: Material) -> Found:
    """The records of a brand.toml; none of one that cannot be read."""
    if material.kind != KIND or not material.is_direct:
        return
    try:
        pack = BrandPack.parse(material.text)
    except BrandPackError:
        return  # the one in the ledger is one that was read; a person is told at the ingest
    yield _voice(material, pack)
    if pack.brand.audience.strip():
        yield _audience(material, pack)


def _voice(material: Material, pack: BrandPack) -> Filling:
    brand = pack.brand
    data = {
        "brand": brand.name[:500],
        "language": brand.language,
        "voice": brand.voice,
        "guidance": [{"text": each.text, "reason": each.reason} for each in pack.guidance],
    }
    grounds = [
        Ground(f"/{field}", cell)
        for field, key in (("voice", "voice"), ("brand", "name"))
        for cell in _values(material, "brand", key)
    ]
    texts = list(_values(material, "guidance", "text"))
    if len(texts) == len(pack.guidance):  # one that is written inline would shift the others
        grounds += [Ground(f"/guidance/{n}", cell) for n, cell in enumerate(texts)]
    return Filling("brand_voice", data, grounds or _whole(material), active=True, single=True)


def _audience(material: Material, pack: BrandPack) -> Filling:
    words = " ".join(pack.brand.audience.split())
    name = words.rstrip(".")
    if len(name) > _NAMED:
        name = f"{name[:_NAMED].rsplit(' ', 1)[0].rstrip(',;:')}…"
    cells = list(_values(material, "brand", "audience"))
    grounds = [Ground("/description", cell) for cell in cells] or _whole(material)
    data = {"name": name, "description": words}
    return Filling("audience_persona", data, grounds, active=True, single=True)


def _whole(material: Material) -> list[Ground]:
    """The first words of the file, where the place of a value cannot be told."""
    first = material.text.lstrip().partition("\n")[0]
    return [
        Ground("", material.cell(start, start + len(first)))
        for start in [material.text.find(first)]
        if first
    ]


def _values(material: Material, table: str, key: str) -> Iterator[Cell]:
    """Where a key's value stands as it is written, in each table of a name."""
    text = material.text
    starts = [(found.start(), found[1]) for found in _TABLE.finditer(text)]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    pattern = re.compile(rf"(?m)^[ \t]*{key}{_VALUE}")
    for (start, name), end in zip(starts, ends, strict=True):
        if name != table:
            continue
        if found := pattern.search(text, start, end):
            group = found.lastgroup or "short"
            cell = material.cell(found.start(group), found.end(group))
            if cell.words:
                yield cell
