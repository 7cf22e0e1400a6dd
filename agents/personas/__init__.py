"""Personas made of evidence: whom a panel asks, and where each trait is from."""
