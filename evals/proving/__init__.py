"""The proof: what the shipped policies promise, recomputed beside the rules in common use."""
