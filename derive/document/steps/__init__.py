"""A round in steps, each with its reason."""
