"""From an ended run to a task: what it knew, what was said, what was decided, how it ended."""
