"""What a call costs, by the table of prices in the settings: exact, in whole billionths."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from savoirfaire.settings import Price

BILLION = 10**9
_PER_TOKEN = BILLION // 10**6  # prices are for a million tokens


@dataclass(frozen=True)
class Tariff:
    """The prices of models in one currency."""

    prices: Mapping[str, Price] = field(default_factory=dict)
    currency: str = "EUR"

    def cost(self, model: str, read: int, written: int) -> int | None:
        """What so many tokens cost, in billionths, rounded up; None where no price is known."""
        price = self.prices.get(model)
        if price is None:
            return None
        exact = (read * price.input + written * price.output) * _PER_TOKEN
        return int(exact.to_integral_value(ROUND_CEILING))


def amount(billionths: int) -> Decimal:
    """Billionths as an amount of money."""
    return Decimal(billionths) / BILLION
