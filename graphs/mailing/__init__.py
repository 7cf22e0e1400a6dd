"""An edition as it is sent: HTML that mail clients show alike, plain words, and a whole message."""

from savoirfaire.graphs.mailing.body import CLIPPED, to_html
from savoirfaire.graphs.mailing.letter import Envelope, mail, to_message
from savoirfaire.graphs.mailing.words import to_words

__all__ = ["CLIPPED", "Envelope", "mail", "to_html", "to_message", "to_words"]
