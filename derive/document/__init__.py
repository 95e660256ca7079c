"""A solution as a document: sections, worked lines, tables, matrices, figures, notes.

In: a solution, a style, a notation and a language. Out: the key, the worksheet or the marking scheme as one immutable
value, with nothing yet laid out on a page.
"""
