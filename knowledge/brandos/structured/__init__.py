"""What structured sources say of themselves, without a model: found, never guessed.

Each module looks at one source and gives `Filling`s (what it says, each with its spans) and
`Skipped`s (what it does not take, and why). Nothing here reads or writes the ledger.
"""
