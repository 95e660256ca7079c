"""What course material takes in: macros, Markdown, notebooks, scripts, spreadsheets, tables.

In: a document or a solution. Out: text or bytes of one format, which need no other file.
"""
