"""Triage: which route a message takes, learned from a client's own labelled mail."""
