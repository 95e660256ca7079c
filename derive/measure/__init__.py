"""How much room mathematics and words take by the metrics of the fonts, and where they may break.

In: mathematics in LaTeX, words. Out: boxes with width, height and depth in points, the same as TeX's.
"""
