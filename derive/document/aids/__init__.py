"""What helps a reader beside the worked lines: numbering, symbols, conventions, notes.

In: the solution and what the document shows of it. Out: short texts and lists with the quantities that they mention.
"""
