"""Where two bytes stand at a column of a line: what Vale asks first of a match's place."""

from savoirfaire.knowledge.rules.looking import Live, Spots

PAIR = 2
"""How many bytes are indexed together."""


class Columns:
    """The pairs of bytes of a source, as it was at first, by their column in the line."""

    def __init__(self, data: bytes, starts: list[int]) -> None:
        import numpy as np  # noqa: PLC0415 - only large sources need it

        values = np.frombuffer(data, np.uint8).astype(np.int64)
        widths = np.diff([*starts, len(data)])
        columns = np.arange(len(data)) - np.repeat(np.array(starts), widths)
        keys = columns[:-1] << 16 | values[:-1] << 8 | values[1:]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        begins = np.flatnonzero(np.diff(keys, prepend=-1)).tolist()
        spans = zip(begins, [*begins[1:], len(keys)], strict=True)
        self._order = order
        self._longest = int(widths.max(initial=0))
        self._spans = dict(zip(keys[begins].tolist(), spans, strict=True))
        self._live: dict[int, Spots] = {}

    def spots(self, piece: bytes, column: int) -> Spots:
        """Where the piece's first bytes stand at that column."""
        key = min(column, self._longest) << 16 | int.from_bytes(piece[:PAIR])
        if key not in self._live:
            begin, end = self._spans.get(key, (0, 0))
            self._live[key] = Spots(Live(self._order[begin:end].tolist()), 0)
        return self._live[key]
