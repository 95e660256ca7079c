"""TeX: finding an engine, running it safely, saying what it said.

In: a document in LaTeX. Out: the PDF, or the line of the document that TeX refused and why.
"""
