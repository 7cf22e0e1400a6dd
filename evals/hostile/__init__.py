"""The adversarial suite: a hostile model reads hostile documents, and nothing may come of it."""

from savoirfaire.evals.hostile.assault import Assault, Report, assail
from savoirfaire.evals.hostile.documents import DOCUMENTS
from savoirfaire.evals.hostile.model import ATTACKS

__all__ = ["ATTACKS", "DOCUMENTS", "Assault", "Report", "assail"]
