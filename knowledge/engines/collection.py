"""The collection of a Qdrant server: how it is made, and how one client's part of it is reached.

One collection holds every client. `Part` is the only way in: it puts the client's condition into
each request itself, so that no caller can leave it out. A point's id is made of the client and the
passage, so that two clients' passages never meet.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from savoirfaire.errors import IndexMismatchError, IndexServerError
from savoirfaire.knowledge.engines.options import (
    CLIENT,
    TERMS,
    Options,
    dense_name,
    schemas,
    shape,
)
from savoirfaire.knowledge.where import Where

PASSAGE = "passage"
_PAGE = 512
_EXACT = models.SearchParams(exact=True)
_QUICK = models.SearchParams(
    quantization=models.QuantizationSearchParams(rescore=True, oversampling=2.0)
)
_REFUSED = {401, 403}
_SPACE = uuid5(NAMESPACE_URL, "savoirfaire:passage")


class Collection:
    """A collection that may not exist yet; `make` makes it.

    Whoever opens it makes each payload index that is missing, should its maker have been stopped.
    """

    def __init__(self, client: QdrantClient, name: str, options: Options) -> None:
        self.client = client
        self.name = name
        self.options = options
        self._ready = False

    def exists(self) -> bool:
        """Whether there is one, of our form. Raises IndexMismatchError for another's."""
        if not self._ready:
            with answers():
                if not self.client.collection_exists(self.name):
                    return False
                held = self.client.get_collection(self.name)
            if TERMS not in (held.config.params.sparse_vectors or {}):
                raise self._foreign()
            self._index_payloads(held.payload_schema)
            self._ready = True
        return True

    def make(self, size: int | None) -> None:
        """Make the collection where there is none, with an index for each key it is filtered by.

        `size` is that of the first dense vectors, where there are any.
        """
        if self.exists():
            return
        try:
            with answers():
                self.client.create_collection(self.name, **shape(self.options, size))
        except IndexServerError:
            if not self.exists():  # another process may have made it meanwhile
                raise
        if not self.exists():
            raise IndexServerError("the Qdrant server has no collection {name}", name=self.name)

    def make_room(self, size: int) -> None:
        """Let points have a dense vector of `size` numbers; each size has a name of its own."""
        with answers():
            held = self.client.get_collection(self.name).config.params.vectors or {}
            if dense_name(size) not in held:
                vector = models.DenseVectorConfig(size=size, distance=models.Distance.COSINE)
                self.client.create_vector_name(
                    self.name, dense_name(size), models.DenseVectorNameConfig(dense=vector)
                )

    def part(self, client: str) -> "Part":
        """The part of one client."""
        return Part(self, client)

    def _index_payloads(self, held: Container[str]) -> None:
        """Have the server index each key that is filtered by; one made twice is made once."""
        with answers():
            for key, schema in schemas(self.options).items():
                if key not in held:
                    self.client.create_payload_index(self.name, key, field_schema=schema, wait=True)

    def _foreign(self) -> IndexMismatchError:
        return IndexMismatchError(
            "the collection {name} was not made by savoirfaire, or has another form",
            name=self.name,
            hint="Name another in index.collection, then `savoir index rebuild --all`.",
        )


@dataclass(frozen=True)
class Part:
    """One client's points: every request carries the condition that they are the client's."""

    collection: Collection
    client: str
    marker: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the point that says where the client's part stands."""
        object.__setattr__(self, "marker", str(uuid5(_SPACE, f"{self.client}\0")))

    def query(self, asked: Mapping[str, Any], limit: int, where: Where) -> list[list[Any]]:
        """The best points by each of some vectors, with that vector, in one request."""
        kept_to = self._only(_conditions(where))
        requests = [
            models.QueryRequest(
                query=vector,
                using=using,
                filter=kept_to,
                params=_EXACT if using == TERMS or self.collection.options.exact else _QUICK,
                limit=limit,
                with_payload=[PASSAGE],
                with_vector=[using],
            )
            for using, vector in asked.items()
        ]
        if not requests:
            return []
        with answers():
            found = self.collection.client.query_batch_points(self.collection.name, requests)
        return [each.points for each in found]

    def points(self, *, vectors: bool, without: str | None = None) -> Iterator[Any]:
        """Every passage's point, or each that has no vector of the name `without`."""
        having = [models.HasVectorCondition(has_vector=without)] if without else []
        offset = None
        while True:
            with answers():
                found, offset = self.collection.client.scroll(
                    self.collection.name,
                    scroll_filter=self._only(unlike=having),
                    limit=_PAGE,
                    offset=offset,
                    with_payload=True,
                    with_vectors=vectors,
                )
            yield from (point for point in found if str(point.id) != self.marker)
            if offset is None:
                return

    def state(self) -> Mapping[str, Any]:
        """What was written of where the part stands; empty for nothing."""
        with answers():
            found, _ = self.collection.client.scroll(
                self.collection.name,
                scroll_filter=self._only([models.HasIdCondition(has_id=[self.marker])]),
                limit=1,
                with_payload=True,
            )
        return found[0].payload or {} if found else {}

    def mark(self, state: Mapping[str, Any]) -> None:
        """Write where the part stands."""
        self._upsert([models.PointStruct(id=self.marker, vector={}, payload=self._owned(state))])

    def put(self, points: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any]]]) -> None:
        """Add or replace passages, each given by its id, its vectors and its payload."""
        self._upsert(
            [
                models.PointStruct(
                    id=self._id(passage),
                    vector=dict(vectors),
                    payload=self._owned({**payload, PASSAGE: passage}),
                )
                for passage, vectors, payload in points
            ]
        )

    def remove(self, passages: Sequence[int]) -> None:
        """Remove passages."""
        ids: list[Any] = [self._id(passage) for passage in passages]
        for start in range(0, len(ids), _PAGE):
            self._delete([models.HasIdCondition(has_id=ids[start : start + _PAGE])])

    def clear(self) -> None:
        """Remove everything of the client."""
        self._delete([])

    def _id(self, passage: int) -> str:
        return str(uuid5(_SPACE, f"{self.client}\0{passage}"))

    def _owned(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {**payload, CLIENT: self.client}

    def _only(self, conditions: Sequence[Any] = (), unlike: Sequence[Any] = ()) -> models.Filter:
        """The conditions, none of `unlike`, and that it is the client's: never an empty filter."""
        mine = models.FieldCondition(key=CLIENT, match=models.MatchValue(value=self.client))
        return models.Filter(must=[mine, *conditions], must_not=list(unlike) or None)

    def _upsert(self, points: list[models.PointStruct]) -> None:
        with answers():
            self.collection.client.upsert(self.collection.name, points=points, wait=True)

    def _delete(self, conditions: Sequence[Any]) -> None:
        selected = models.FilterSelector(filter=self._only(conditions))
        with answers():
            self.collection.client.delete(self.collection.name, points_selector=selected, wait=True)


@contextmanager
def answers() -> Iterator[None]:
    """Say what a server's refusal or silence means."""
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code in _REFUSED:
            raise IndexServerError(
                "the Qdrant server refuses the key",
                hint="Set index.api_key (SAVOIR_INDEX_API_KEY) to a key that may write.",
            ) from error
        raise IndexServerError(
            "the Qdrant server answered {status} {reason}",
            status=error.status_code,
            reason=error.reason_phrase,
        ) from error
    except (ApiException, QdrantException, OSError, ValueError, AssertionError) as error:
        # The last two are what the client makes of an answer that is not a Qdrant server's.
        cause = getattr(error, "source", error)
        raise IndexServerError(
            "the Qdrant server does not answer: {reason}", reason=cause or type(cause).__name__
        ) from error


def _conditions(where: Where) -> list[Any]:
    keywords = [
        models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
        for key, values in where.keywords().items()
    ]
    numbers = [
        models.FieldCondition(key=key, range=models.Range(gte=least, lte=greatest))
        for key, (least, greatest) in where.ranges().items()
    ]
    return [*keywords, *numbers]
