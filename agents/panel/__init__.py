"""Panels: what synthetic personas answer, beside what people answered, and how far to trust it."""
