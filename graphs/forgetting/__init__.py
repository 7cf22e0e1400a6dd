"""Forgetting a source, a person or a client: every byte of them in the data folder.

`Erasure` finds what would go and makes it go. An erasure that is interrupted is completed by asking
for it again.
"""

from savoirfaire.graphs.forgetting.erasure import Erasure
from savoirfaire.graphs.forgetting.target import Target

__all__ = ["Erasure", "Target"]
