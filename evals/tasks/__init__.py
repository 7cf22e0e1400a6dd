"""Recorded tasks: one directory each, with all that a run needs to be made again."""
