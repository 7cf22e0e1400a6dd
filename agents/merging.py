"""Several readings as one: what two windows or two sources say of the same thing."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from savoirfaire.agents.proposals import Candidate
from savoirfaire.knowledge.brandos.forms import KINDS


def windows(
    spans: Sequence[tuple[int, int]], *, begin: int = 0, longest: int, overlap: int
) -> Iterator[tuple[int, int]]:
    """Parts of a text that hold whole passages, each at most `longest` characters long.

    `spans` are the passages in order; those that end by `begin` are left out. A part begins with
    the passages of the last `overlap` characters of the one before it, so that what stands across
    a cut is read whole once. A passage that is longer by itself is a part of its own.
    """
    left = [span for span in spans if span[1] > begin]
    first = 0
    while first < len(left):
        last = first
        while last + 1 < len(left) and left[last + 1][1] - left[first][0] <= longest:
            last += 1
        yield left[first][0], left[last][1]
        if last + 1 == len(left):
            return
        following = last + 1
        while following - 1 > first and left[last][1] - left[following - 1][0] <= overlap:
            following -= 1
        first = following


def merged(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, those of one kind and key as one where nothing in them differs.

    Lists are put together; where two say different things of the same, both stay, for a person.
    """
    made: list[Candidate] = []
    for each in candidates:
        for place, other in enumerate(made):
            if together := _together(other, each):
                made[place] = together
                break
        else:
            made.append(each)
    return made


def _together(one: Candidate, other: Candidate) -> Candidate | None:
    mine = (one.kind, one.key, one.valid_from, one.valid_to)
    if mine != (other.kind, other.key, other.valid_from, other.valid_to):
        return None
    data, moved = dict(one.data), dict[str, str]()
    for name, theirs in other.data.items():
        ours = data.get(name)
        if isinstance(theirs, list):
            data[name] = [*(ours or []), *(each for each in theirs if each not in (ours or []))]
            moved |= {
                f"/{name}/{n}": f"/{name}/{data[name].index(t)}" for n, t in enumerate(theirs)
            }
        elif not ours:
            data[name] = theirs
        elif theirs and ours != theirs:
            return None
    try:
        data = KINDS[one.kind].of(data).plain()
    except ValidationError:
        return None
    more = [
        each.model_copy(update={"field": _moved(each.field, moved)}) for each in other.citations
    ]
    citations = list(dict.fromkeys([*one.citations, *more]))
    return one.model_copy(update={"data": data, "citations": citations})


def _moved(pointer: str, moved: Mapping[str, str]) -> str:
    head = "/".join(pointer.split("/")[:3])
    return moved.get(head, head) + pointer[len(head) :]
