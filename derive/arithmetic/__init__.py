"""Numbers: evaluating formulas in decimal and complex arithmetic, and the rounding policy.

In: a formula and the numbers of its operands. Out: the number to the digits asked for, rounded once, as the policy
of the problem says.
"""
