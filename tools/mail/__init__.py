"""Mail: taken in once, cut into what its writer says, and read for its cues."""
