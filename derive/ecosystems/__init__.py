"""Formulas in other people's material: Sphinx and Jupyter Book 1, MyST and Jupyter Book 2, notebooks.

In: a directive or magic with a problem file and what it shows of it. Out: nodes or text of the host.
"""
