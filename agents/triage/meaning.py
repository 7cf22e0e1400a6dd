"""What texts mean, as an endpoint's embeddings say it: asked for once, and remembered per client.

An endpoint out of reach costs the embeddings alone: what was asked for before is kept, the rest has
none, and `reason` says why. What is remembered can be had again, so a file that is not right is one
that remembers nothing. It holds numbers under hashes; as a text may be guessed from its embedding,
all of a client's go when anything of that client is forgotten.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from savoirfaire.agents.triage.arrays import (
    archived,
    array_of,
    arrays_of,
    damaged,
    finite,
    require,
    text_array,
    text_of,
)
from savoirfaire.agents.triage.features import Floats
from savoirfaire.agents.triage.files import written
from savoirfaire.agents.triage.heads import Meanings
from savoirfaire.errors import TriageError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.embedding import Embedder, Vectors
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.workspace import within

FILE = "meanings-{name}.npz"
"""One for each model that gives embeddings, named after its hash."""

MOST = 100_000
"""Texts whose embeddings are remembered, the newest."""

LOOKED_AT = 2000
"""Characters of a text that are embedded: what most models read of it."""

_HASHED = 16  # hexadecimal digits
_AT_ONCE = 64  # texts of one request

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class _Memory:
    embedder: str
    keys: Keys
    vectors: NDArray[np.float16]


class MeaningStore:
    """The embeddings of clients' texts. Every method raises ScopeError without a client."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    def of(
        self,
        scope: ClientScope,
        texts: Sequence[str],
        embedder: Embedder | None,
        *,
        keys: Keys | None = None,
    ) -> Meanings:
        """The embeddings of `texts`; with `keys`, of the texts of those keys, as far as known."""
        wanted = keys_of(texts)
        given = wanted if keys is None else keys
        kept = self._kept(scope, embedder.name if embedder else "")
        if embedder is None:
            return Meanings("", *_rows(kept, given))
        asked = Vectors(embedder)
        known = set(kept.keys.tolist())
        pairs = zip(wanted.tolist(), texts, strict=True)
        new = {key: text for key, text in pairs if key not in known}
        found = _asked(list(new.values()), asked)
        if len(found):
            kept = _joined(kept, np.array(list(new)[: len(found)], np.uint64), found)
            self._keep(scope, kept)
        return Meanings(embedder.name, *_rows(kept, given), asked.reason)

    def _kept(self, scope: ClientScope, embedder: str) -> _Memory:
        with reading(self._engine, scope):
            try:
                memory = _memory(self._place(scope, embedder).read_bytes())
            except (OSError, TriageError):
                memory = _nothing(embedder)
        return memory if memory.embedder == embedder else _nothing(embedder)

    def _keep(self, scope: ClientScope, memory: _Memory) -> None:
        data = archived(
            {
                "about": text_array(memory.embedder),
                "keys": memory.keys[-MOST:],
                "vectors": memory.vectors[-MOST:],
            }
        )
        with changing(self._engine, scope):
            written(self._place(scope, memory.embedder), data)

    def _place(self, scope: ClientScope, embedder: str) -> Path:
        name = hashlib.sha256(embedder.encode("utf-8", "surrogatepass")).hexdigest()[:_HASHED]
        return within(self._folder, client_of(scope)) / FILE.format(name=name)


def keys_of(texts: Sequence[str]) -> Keys:
    """What tells the same texts again, however they are spaced."""
    return np.array([_key(text) for text in texts], np.uint64)


def _key(text: str) -> int:
    plain = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8).digest(), "big")


def _nothing(embedder: str) -> _Memory:
    return _Memory(embedder, np.zeros(0, np.uint64), np.zeros((0, 0), np.float16))


def _memory(data: bytes) -> _Memory:
    """What a file remembers. Raises TriageError."""
    arrays = arrays_of(data)
    try:
        about = text_of(arrays, "about")
        keys = array_of(arrays, "keys", np.uint64, 1)
        vectors = finite(array_of(arrays, "vectors", np.float16, 2))
    except (KeyError, ValueError, RecursionError) as error:
        raise damaged() from error
    require(isinstance(about, str) and len(keys) == len(vectors))
    return _Memory(about, keys, vectors)


def _asked(texts: Sequence[str], asked: Vectors) -> NDArray[np.float16]:
    """The embeddings of the first texts, as many as were given before the first failure."""
    found: list[NDArray[np.float16]] = []
    for start in range(0, len(texts), _AT_ONCE):
        given = asked.of([text[:LOOKED_AT] for text in texts[start : start + _AT_ONCE]])
        if given is None or (found and len(given[0]) != found[0].shape[1]):
            break
        found.append(_straightened(given))
    return np.vstack(found) if found else np.zeros((0, 0), np.float16)


def _straightened(given: Sequence[Sequence[float]]) -> NDArray[np.float16]:
    """Brought to length 1, so that half the digits are enough."""
    vectors = np.array(given, np.float64)
    vectors /= np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-300)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    halved: NDArray[np.float16] = (vectors / np.maximum(lengths, 1e-12)).astype(np.float16)
    return halved


def _joined(kept: _Memory, keys: Keys, found: NDArray[np.float16]) -> _Memory:
    """What was remembered and what is new; a model that gives another size is another model."""
    if not len(kept.keys) or kept.vectors.shape[1] != found.shape[1]:
        return _Memory(kept.embedder, keys, found)
    return _Memory(
        kept.embedder, np.concatenate([kept.keys, keys]), np.vstack([kept.vectors, found])
    )


def _rows(kept: _Memory, keys: Keys) -> tuple[Floats, NDArray[np.bool_]]:
    """The rows of these keys, and which of them there are; the others are zeros."""
    found = np.zeros((len(keys), kept.vectors.shape[1]), np.float32)
    places = {key: place for place, key in enumerate(kept.keys.tolist())}
    there = np.array([key in places for key in keys.tolist()], bool)
    found[there] = kept.vectors[[places[key] for key in keys[there].tolist()]]
    return found, there
