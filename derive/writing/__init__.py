"""How a worked line prints: symbols from a notation, a rule printed once, names or numbers put in.

In: equations and a notation. Out: mathematics in LaTeX with its brackets decided.
"""
