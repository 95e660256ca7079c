"""Numbers: evaluating formulas exactly enough, and the rounding policy that decides what is carried and shown."""
