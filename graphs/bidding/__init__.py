"""The steps of a proposal: a brief read, priced, answered in sections, checked, and shown."""
