"""Running a suite against a model: trials, what they cost, and what went wrong around them."""
