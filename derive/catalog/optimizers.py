"""Optimizers: how a parameter is updated from its gradient."""

from __future__ import annotations

from types import MappingProxyType

from derive.graph.rule import Rule

SGD = Rule("sgd", "p-eta*g")
"""Gradient descent, p <- p - eta dL/dp; Goodfellow, Bengio, Courville (2016), equation 4.5."""

OPTIMIZERS = MappingProxyType({rule.name: rule for rule in (SGD,)})
