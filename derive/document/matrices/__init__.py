"""A pass of dense layers with augmented inputs, written out in matrices.

In: a round of the solution. Out: lines in matrices.
"""
