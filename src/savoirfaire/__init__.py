"""savoirfaire: an Intelligence Factory for creative agencies."""

__version__ = "0.1.0"
