"""From bytes to text: UTF-8, UTF-16 and UTF-32 by their mark, else plausible Windows-1252.

A wrong guess poisons every quote of a file without anybody noticing, so that what is neither
clearly one nor the other is refused, with the line where it goes wrong.
"""

import codecs
import re

from savoirfaire.knowledge.readers.refusal import UnreadableError

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_CONTROLS_PER_BYTE = 0.01

_UTF8_PAIRS = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_HIGH = bytes(range(0x80, 0x100))
# Western words hardly ever hold three accented letters in a row; Cyrillic or Greek read as
# Windows-1252 hold little else.
_HIGH_RUNS = re.compile(rb"[\xc0-\xff]{3,}")
_CP1252 = bytes(set(range(256)) - set(b"\x81\x8d\x8f\x90\x9d"))
_SAMPLE = 1_000_000


def decode(data: bytes) -> tuple[str, str]:
    """Give the text and the name of its encoding; bytes that are not text are refused."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], encoding), encoding
    refuse_binary(data)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        _refuse_other_encodings(data, error.start)
        return data.decode("cp1252"), "cp1252"


def decode_as(data: bytes, encoding: str) -> str:
    """Give the text in an encoding that the file itself declares, or as `decode` finds it."""
    try:
        text = data.decode(encoding)
    except (LookupError, UnicodeError):
        return decode(data)[0]
    refuse_binary(text.encode("utf-8", "replace"))
    return text.removeprefix("\ufeff")


def refuse_binary(data: bytes) -> None:
    """Refuse bytes that hold a NUL or more control characters than text does."""
    controls = len(data) - len(data.translate(None, delete=_CONTROLS))
    if b"\0" in data or controls > _CONTROLS_PER_BYTE * len(data):
        raise UnreadableError("not_text", "is not text")


def _decode_marked(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            "encoding",
            "is marked as {encoding} but is not: save it as UTF-8",
            encoding=encoding[:6].upper().rstrip("-"),
        ) from error
    refuse_binary(text.encode("utf-8"))
    return text


def _refuse_other_encodings(data: bytes, first: int) -> None:
    """Judge by what follows the first byte that is not UTF-8, and some of what is before it."""
    sample = data[max(0, first - _SAMPLE) : first + _SAMPLE]
    high = len(sample) - len(sample.translate(None, delete=_HIGH))
    if _matched(_UTF8_PAIRS, sample) > high / 2:
        raise UnreadableError(
            "encoding",
            "mixes UTF-8 with another encoding (line {line}): save it as UTF-8",
            line=data.count(b"\n", 0, first) + 1,
        )
    western = _matched(_HIGH_RUNS, sample) <= high / 4 and high <= len(sample) / 2 + 1
    if not western or data.translate(None, delete=_CP1252):
        raise UnreadableError("encoding", "is neither UTF-8 nor Windows-1252: save it as UTF-8")


def _matched(pattern: re.Pattern[bytes], data: bytes) -> int:
    return sum(found.end() - found.start() for found in pattern.finditer(data))
