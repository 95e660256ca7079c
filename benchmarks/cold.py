"""Making everything cold again: each rule, partial and template is found anew."""

from __future__ import annotations

import gc

from derive.catalog import activations
from derive.graph import chain, grammar, rule
from derive.graph.views import language, plan
from derive.writing import template


def forget() -> None:
    """Empty every cache that derive keeps between two derivations, SymPy's included."""
    from sympy.core.cache import clear_cache

    clear_cache()
    for cached in (
        grammar.parse,
        chain.adjoint_rule,
        chain.averaged,
        chain.compose,
        template.template,
        template.named_template,
        activations.activation,
        language.parse_index_form,
        plan.plan,
        rule.rule_of,
    ):
        cached.cache_clear()
    for known in [one for one in gc.get_objects() if type(one) is rule.Rule]:
        for name in ("formula", "slots", "_partials", "_sized"):
            vars(known).pop(name, None)
