"""Reading what people wrote: YAML with positions, models checked against it, the files of looks.

In: paths and text. Out: plain trees in which every value knows its line and column, and models made from them.
"""
