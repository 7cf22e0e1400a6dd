"""The steps of a campaign: its angles, its pieces, the graphs it is made of, what it expects."""
