"""What differences between two versions say, and what they cannot."""
