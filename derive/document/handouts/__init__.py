"""Worksheets and marking schemes made from the answer key.

In: the document of the key, and what is blank or earns points. Out: the same document with blanks, check values,
points or strips of answers.
"""
