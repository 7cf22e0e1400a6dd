"""How a client is searched: few numbers, the same for all until the client's own questions say so.

`savoir tune retrieval` picks them by cross-validation and keeps them with its evidence. The others
are constants of `bm25` and `rescoring`: moving them gains nothing that holds elsewhere.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from savoirfaire.errors import SettingsError

Weight = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class Retrieval(BaseModel):
    """What a search weighs by.

    Without a dense weight there is no dense leg: an embedding that was trained on another language
    costs more than it gives, so that only a client's own questions can switch it on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    gram_weight: Weight = 0.4
    """A character 4-gram's weight against a stem's."""
    near: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.3
    """What a term next door counts for, where passages follow one another in a conversation."""
    rrf_k: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 10.0
    """Reciprocal rank fusion: a place p gives weight / (k + p)."""
    sparse_weight: Weight = 1.0
    dense_weight: Weight = 0.0

    @classmethod
    def stored(cls, kept: Mapping[str, Any] | None) -> "Retrieval":
        """The settings as a client's row keeps them; the defaults where it keeps none."""
        if kept is None:
            return _DEFAULTS
        try:
            return cls.model_validate(kept["settings"])
        except (ValidationError, KeyError, TypeError) as error:
            raise SettingsError(
                "what was tuned for this client cannot be used any more",
                hint="Forget it: `savoir tune retrieval CLIENT --reset`.",
            ) from error


_DEFAULTS = Retrieval()
