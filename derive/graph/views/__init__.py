"""The index form of a layer and what is derived from it.

In: equations such as `s[j] = sum(i, w[i,j]*x[i]) + b[j]`. Out: the scalars by columns, the backward index form, the
matrix form both ways.
"""
