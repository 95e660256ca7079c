"""Where the lines, tables and figures of a document stand on a page, before TeX runs.

In: a document and measured widths. Out: rows and columns that fit the style's page, for templates to set.
"""
