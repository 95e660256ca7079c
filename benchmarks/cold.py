"""Making everything cold again: each rule, partial and template is found anew."""

from __future__ import annotations

from derive.catalog import activations, layers, losses, optimizers
from derive.graph import grammar, rule
from derive.writing import template


def forget() -> None:
    """Empty every cache that derive keeps between two derivations, SymPy's included."""
    from sympy.core.cache import clear_cache

    clear_cache()
    for cached in (
        grammar.parse,
        rule.adjoint_rule,
        rule.compose,
        template.template,
        template.named_template,
        activations.activation,
    ):
        cached.cache_clear()
    for known in _rules():
        for name in ("formula", "slots", "_partials", "_sized"):
            vars(known).pop(name, None)


def _rules() -> list[rule.Rule]:
    loss = losses.loss("half squared error")
    steps = [step.rule for step in loss.steps]
    entries = [entry.rule for entry in activations.ACTIVATIONS.values()]
    return [*entries, layers.AFFINE, layers.LINEAR, loss.rule, *steps, loss.from_last_step, optimizers.SGD]
