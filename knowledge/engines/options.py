"""What a collection of a Qdrant server is made with."""

from dataclasses import dataclass
from typing import Any, Literal

from qdrant_client import models

from savoirfaire.knowledge.where import KEYWORDS, NUMBERS

TERMS, CLIENT = "terms", "client"
_DENSE = "dense"

Quantization = Literal["none", "scalar", "binary"]


@dataclass(frozen=True)
class Options:
    """What a new collection is made with; one that exists stays as it is.

    `hnsw_m` 0 with `hnsw_payload_m` makes a graph for each client and none over all of them.
    `exact` is how dense vectors are compared, at any time: each of the client's, or those that the
    graph leads to, by their quantized form first. (Sums of terms are always exact; what is not
    exact also leaves out points where there are several shards.)
    """

    shards: int = 1
    replicas: int = 1
    write_consistency: int = 1
    quantization: Quantization = "none"
    vectors_on_disk: bool = False
    payload_on_disk: bool = True
    sparse_on_disk: bool = False
    hnsw_m: int = 0
    hnsw_payload_m: int = 16
    exact: bool = True


def dense_name(size: int) -> str:
    """The name of the dense vector of a size."""
    return f"{_DENSE}{size}"


def shape(options: Options, size: int | None) -> dict[str, Any]:
    """The arguments of a new collection."""
    disk, cosine = options.vectors_on_disk, models.Distance.COSINE
    dense = {
        dense_name(each): models.VectorParams(size=each, distance=cosine, on_disk=disk)
        for each in [size]
        if each
    }
    sparse = models.SparseVectorParams(
        index=models.SparseIndexParams(on_disk=options.sparse_on_disk)
    )
    return {
        "vectors_config": dense,
        "sparse_vectors_config": {TERMS: sparse},
        "shard_number": options.shards,
        "replication_factor": options.replicas,
        "write_consistency_factor": options.write_consistency,
        "on_disk_payload": options.payload_on_disk,
        "hnsw_config": models.HnswConfigDiff(
            m=options.hnsw_m, payload_m=options.hnsw_payload_m, on_disk=disk
        ),
        "quantization_config": _quantization(options.quantization),
    }


def _quantization(kind: Quantization) -> Any:
    if kind == "scalar":
        eight_bits = models.ScalarQuantizationConfig(
            type=models.ScalarType.INT8, quantile=0.99, always_ram=True
        )
        return models.ScalarQuantization(scalar=eight_bits)
    if kind == "binary":
        one_bit = models.BinaryQuantizationConfig(always_ram=True)
        return models.BinaryQuantization(binary=one_bit)
    return None


def schemas(options: Options) -> dict[str, Any]:
    """The payload indexes: the client's tells the server to keep each client's points together."""
    disk = options.payload_on_disk
    text = models.KeywordIndexType.KEYWORD
    whole = models.IntegerIndexType.INTEGER
    return {
        CLIENT: models.KeywordIndexParams(type=text, is_tenant=True, on_disk=disk),
        **{key: models.KeywordIndexParams(type=text, on_disk=disk) for key in KEYWORDS},
        **{
            key: models.IntegerIndexParams(type=whole, lookup=False, range=True, on_disk=disk)
            for key in NUMBERS
        },
    }
