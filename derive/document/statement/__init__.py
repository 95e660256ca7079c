"""The statement of an exercise: data, parameters, loss, layers and the rule of update.

In: the problem and its derivation. Out: sentences, formulas and matrices that stand before the first round.
"""
