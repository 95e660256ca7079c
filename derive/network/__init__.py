"""A problem lowered to a graph, worked round after round, and checked.

In: a problem. Out: the solution: derivation, numbers of every round, warnings.
"""
