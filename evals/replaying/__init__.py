"""Replaying recorded tasks: no model, no network, and every difference told."""
