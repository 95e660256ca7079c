"""Drawings as geometry in millimetres: networks, block diagrams, computation graphs, the loss.

In: the solution with its symbols and numbers. Out: circles, lines and labels whose sizes were measured, for painters
that know no network.
"""
