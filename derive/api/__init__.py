"""The public face in Python: solutions, formulas, tables and figures.

In: a problem, as a file, text or model. Out: objects that show themselves in notebooks, give their numbers by name
and write themselves in every format.
"""
