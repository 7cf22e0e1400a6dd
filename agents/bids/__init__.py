"""Bids: what a proposal to win work is read by, priced by and checked by."""
