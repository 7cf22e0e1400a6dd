"""The steps of a proposal: reading a brief, pricing, writing, checking, and what a person is shown."""
