import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient, models

from savoirfaire.errors import IndexMismatchError, IndexServerError
from savoirfaire.knowledge.engines import Index, Item, SparseVector
from savoirfaire.knowledge.engines.options import CLIENT, Options
from savoirfaire.knowledge.engines.server import ServerIndex
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.where import KEYWORDS, NUMBERS, Where

pytestmark = [  # local mode says what it does without
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
]
ACME = ClientScope("acme")
ITEM = Item(1, SparseVector([1], [1.0]), {"kind": "item"}, {"date": 0}, [1.0, 0.0])


class Recording(QdrantClient):
    """A client in local mode that keeps every request, in order."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattribute__(self, name: str) -> Any:
        """Give the method, noting each call; attributes are given as they are."""
        value = super().__getattribute__(name)
        if name.startswith("_") or not callable(value):
            return value

        def noted(*given: Any, **named: Any) -> Any:
            self.asked.append((name, {**named, "given": given}))
            return value(*given, **named)

        return noted


def server(client: QdrantClient, folder: Path, **options: Any) -> ServerIndex:
    """An index over a client."""
    return ServerIndex(client, "ours", "a form", locks=folder, options=Options(**options), wait=1)


def use(index: Index) -> None:
    """Call all there is."""
    index.rebuild(ACME, [ITEM], 1)
    index.update(ACME, [ITEM], {2}, 2)
    index.search(ACME, {1: 1.0}, limit=1)
    index.legs(ACME, {1: 1.0}, [1.0, 0.0], limit=1, where=Where(kinds=("item",)))
    index.nearest(ACME, [1.0, 0.0], limit=1, where=Where(since="2025-01-01"))
    index.ids(ACME)
    list(index.items(ACME))
    index.drop(ACME)


# --- what is asked --------------------------------------------------------------------------------

QUERY = "query_batch_points"
WHOLE = {"collection_exists", "get_collection", "create_collection", "create_payload_index"}


def told(client: Recording, name: str) -> list[Any]:
    """The requests of one name."""
    return [each for each in client.asked if each[0] == name]


def test_every_request_is_the_clients(tmp_path: Path) -> None:
    """No request reads, writes or removes a point without saying whose it is."""
    client = Recording()
    use(server(client, tmp_path))
    assert {name for name, _ in client.asked} - WHOLE == {"upsert", "scroll", QUERY, "delete"}
    for _, asked in told(client, "upsert"):
        assert {point.payload[CLIENT] for point in asked["points"]} == {"acme"}
        assert asked["wait"] is True
    filters = [each.filter for _, asked in told(client, QUERY) for each in asked["given"][1]]
    filters += [asked["scroll_filter"] for _, asked in told(client, "scroll")]
    filters += [asked["points_selector"].filter for _, asked in told(client, "delete")]
    assert len(filters) > len(told(client, QUERY))
    for each in filters:
        condition = each.must[0]
        assert (condition.key, condition.match.value) == (CLIENT, "acme")


def test_payload_indexes_come_first(tmp_path: Path) -> None:
    """Every key that is filtered by has its index before the first point is written."""
    client = Recording()
    use(server(client, tmp_path))
    names = [name for name, _ in client.asked]
    made = [asked for name, asked in client.asked if name == "create_payload_index"]
    assert [asked["given"][1] for asked in made] == [CLIENT, *KEYWORDS, *NUMBERS]
    assert made[0]["field_schema"].is_tenant is True
    last = len(names) - 1 - names[::-1].index("create_payload_index")
    assert last < names.index("upsert")


class Stopped(Recording):
    """A client whose process is killed before it makes a payload index."""

    def create_payload_index(self, *_: Any, **_named: Any) -> Any:
        """Die."""
        raise KeyboardInterrupt


def test_payload_indexes_of_a_collection_made_by_half(tmp_path: Path) -> None:
    """Whoever opens a collection makes the indexes that its maker did not come to make."""
    stopped = Stopped()
    with pytest.raises(KeyboardInterrupt):
        server(stopped, tmp_path).rebuild(ACME, [ITEM], 1)
    assert stopped.collection_exists("ours")
    client = Recording()
    client._client = stopped._client
    assert server(client, tmp_path).revision(ACME) is None
    made = [asked["given"][1] for name, asked in client.asked if name == "create_payload_index"]
    assert made == [CLIENT, *KEYWORDS, *NUMBERS]


def test_options_of_a_new_collection(tmp_path: Path) -> None:
    """A new collection is made with the options, and one that exists is left as it is."""
    client = Recording()
    options = {
        "shards": 6,
        "replicas": 2,
        "write_consistency": 2,
        "quantization": "scalar",
        "vectors_on_disk": True,
        "sparse_on_disk": True,
        "hnsw_m": 4,
        "hnsw_payload_m": 8,
    }
    use(server(client, tmp_path, **options))
    [asked] = [asked for name, asked in client.asked if name == "create_collection"]
    assert (asked["shard_number"], asked["replication_factor"]) == (6, 2)
    assert asked["write_consistency_factor"] == 2
    assert asked["quantization_config"].scalar.type == models.ScalarType.INT8
    assert asked["vectors_config"]["dense2"].on_disk is True
    assert asked["sparse_vectors_config"]["terms"].index.on_disk is True
    assert (asked["hnsw_config"].m, asked["hnsw_config"].payload_m) == (4, 8)
    use(server(client, tmp_path, quantization="binary"))
    assert [name for name, _ in client.asked].count("create_collection") == 1


@pytest.mark.parametrize("exact", [True, False])
def test_exact_or_quick(tmp_path: Path, exact: bool) -> None:  # noqa: FBT001 - a table
    """Sums of terms are exact on any number of shards; dense vectors where that is asked for."""
    client = Recording()
    use(server(client, tmp_path, exact=exact))
    queries = [each for _, asked in told(client, QUERY) for each in asked["given"][1]]
    sparse = [each.params.exact for each in queries if each.using == "terms"]
    dense = [each.params for each in queries if each.using == "dense2"]
    assert sparse == [True, True]
    assert [(each.exact, each.quantization is None) for each in dense] == [(exact, exact)] * 2


def test_both_legs_in_one_request(tmp_path: Path) -> None:
    """A server is asked once for what both legs of a search find."""
    client = Recording()
    index = server(client, tmp_path)
    index.rebuild(ACME, [ITEM], 1)
    assert index.legs(ACME, {1: 1.0}, [1.0, 0.0], limit=1) == ([ITEM.id], [ITEM.id])
    [(_, asked)] = told(client, QUERY)
    assert [each.using for each in asked["given"][1]] == ["terms", "dense2"]


def test_a_collection_of_others(tmp_path: Path) -> None:
    """A collection that another program made is refused, and not touched."""
    client = QdrantClient(":memory:")
    client.create_collection(
        "ours", {"": models.VectorParams(size=2, distance=models.Distance.DOT)}
    )
    index = server(client, tmp_path)
    paths: list[Callable[[], object]] = [
        lambda: index.revision(ACME),
        lambda: index.rebuild(ACME, [ITEM], 1),
    ]
    for path in paths:
        with pytest.raises(IndexMismatchError, match="ours was not made by savoirfaire") as caught:
            path()
        assert "savoir index rebuild" in caught.value.hint
    assert client.count("ours").count == 0


# --- a server that does not do its part -----------------------------------------------------------


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with one status."""

    status = 500

    def do_GET(self) -> None:
        """Refuse."""
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def refusing(code: int) -> Iterator[str]:
    """The address of a server that refuses."""
    handler = type("Handler", (Refusing,), {"status": code})
    served = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()
        thread.join()
        served.server_close()


@pytest.mark.parametrize(
    ("code", "said", "hint"),
    [
        (401, "refuses the key", "index.api_key"),
        (403, "refuses the key", "index.api_key"),
        (500, "answered 500", "nothing is lost"),
        (200, "does not answer", "index.url"),
    ],
)
def test_a_server_that_refuses(tmp_path: Path, code: int, said: str, hint: str) -> None:
    """A wrong key, a fault and an answer that is none are told apart, with what to do."""
    with refusing(code) as url:
        client = QdrantClient(url, check_compatibility=False)
        with pytest.raises(IndexServerError, match=said) as caught:
            server(client, tmp_path).revision(ACME)
        client.close()
    assert hint in caught.value.hint


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """An address at which nobody listens is told as such."""
    client = QdrantClient("http://127.0.0.1:9", check_compatibility=False)
    with pytest.raises(IndexServerError, match=r"the Qdrant server does not answer: .*refused"):
        server(client, tmp_path).revision(ACME)
    client.close()
