"""Two newsletters to tell apart, made of sentences drawn at random: the same for every test."""

import random

from savoirfaire.agents.voice import Edition

_THINGS = ("bridge", "pump", "tariff", "harbour", "ferry", "mill", "valve", "road", "lock", "dam")
_CHOSES = ("pont", "bac", "tarif", "port", "canal", "moulin", "quai", "chemin", "bateau", "sas")
_PEOPLE = ("Ines", "Tomasz", "Mei", "Oluwaseun", "Greta", "Paulo")

_BOARD = (
    "The board approved the {a} on Monday, and the {b} was put off until the next meeting.",
    "{p} asked for a report on the {a}; it is due before the end of the month.",
    "Work on the {a} (see edition {n}) has cost {n},000 so far, which is less than was planned.",
    "According to {p}, the {a} and the {b} will be inspected together.",
    "No decision was taken on the {a}.",
    "The contract for the {b} runs until {n}; it may be extended by a year.",
)
_CHATTY = (
    "You will love what {p} did with the {a}!",
    "I went to see the {a} and, well, you should have seen my face!",
    "Have you tried the {b} yet? I have, and I'm never going back!",
    "My {a} broke again. Don't ask.",
    "So I called {p} and we talked about your {b} for an hour!",
    "Want to know more? Write to me!",
)
_BUREAU = (
    "Le bureau a approuvé le {a} lundi, et le {b} est reporté à la prochaine réunion.",
    "{p} a demandé un rapport sur le {a} ; il est attendu avant la fin du mois.",
    "Les travaux du {a} (voir le numéro {n}) ont coûté {n} 000 euros, moins que prévu.",
    "Selon {p}, le {a} et le {b} seront inspectés ensemble.",
    "Aucune décision n'a été prise au sujet du {a}.",
    "Le contrat du {b} court jusqu'en {n} ; il pourra être prolongé d'un an.",
)


def board(count: int, seed: int = 0) -> list[Edition]:
    """Minutes in English: third person, no exclamation."""
    return [_edition(n, _minutes(n, seed, _BOARD, _THINGS, _ENGLISH)) for n in range(count)]


def bureau(count: int, seed: int = 0) -> list[Edition]:
    """The same manner in French."""
    return [_edition(n, _minutes(n, seed, _BUREAU, _CHOSES, _FRENCH)) for n in range(count)]


def chatty(count: int, seed: int = 0) -> list[Edition]:
    """A letter in English that says I and you, and exclaims."""
    return [_edition(n, _letter(n, seed)) for n in range(count)]


_ENGLISH = ("This month the board discussed the {a} and the {b}.", "Decisions", "Works")
_FRENCH = ("Ce mois-ci, le bureau a discuté du {a} et du {b}.", "Décisions", "Travaux")


def _minutes(
    number: int, seed: int, told: tuple[str, ...], things: tuple[str, ...], frame: tuple[str, ...]
) -> str:
    draw = random.Random(1000 * seed + number)  # noqa: S311 - drawn, not secret
    opening, *names = frame
    parts = [f"---\ntitle: {number}\n---\n{_say(draw, (opening,), things)}"]
    for name in names:
        items = [f"- {_say(draw, told, things)} {_say(draw, told, things)}" for _ in range(4)]
        parts += [f"## {name}", "\n".join(items)]
    return "\n\n".join(parts) + "\n"


def _letter(number: int, seed: int) -> str:
    draw = random.Random(1000 * seed + number + 500)  # noqa: S311 - drawn, not secret
    lines = [" ".join(_say(draw, _CHATTY, _THINGS) for _ in range(3)) for _ in range(5)]
    return "\n\n".join(["Hello you!", *lines, "Love, and see you soon!"]) + "\n"


def _say(draw: random.Random, told: tuple[str, ...], things: tuple[str, ...]) -> str:
    one, other = draw.sample(things, 2)
    values = {"a": one, "b": other, "p": draw.choice(_PEOPLE), "n": draw.randrange(2, 90)}
    return draw.choice(told).format(**values)


def _edition(number: int, text: str) -> Edition:
    day = f"20{10 + number // 12}-{number % 12 + 1:02d}-01"
    return Edition(f"past/{day}.md", day, f"{number:064x}", text)
