"""The key told step by step: which rule is used, why, and what follows.

In: a round of the solution. Out: titled groups of lines with a reason for each, in the order of the pass.
"""
