"""Worked lines of whole arrays: an equation in matrices, with the numbers put in, and its result.

In: the array statements of a round. Out: lines whose entries are the worked scalars, to the digit.
"""
