"""Formulas, rules, equations, the graph and its backward walk; no numbers, letters or files.

In: rules applied to named quantities. Out: the ordered equations of the forward pass, the adjoints and the update.
"""
