"""Rules: textbook partials equal SymPy's, sums expand, adjoints add up over uses."""

import re
from functools import cache

import pytest
import sympy
from lowered_graphs import problems

from derive.catalog.activations import ACTIVATIONS, activation
from derive.catalog.losses import ErrorOrder, LossOptions, loss
from derive.errors import FormulaError
from derive.graph.chain import adjoint_rule
from derive.graph.formula import Position, Slot
from derive.graph.grammar import parse
from derive.graph.rule import Rule
from derive.graph.symbolic import differentiate, from_sympy, to_sympy
from derive.network.lower import lower


@cache
def rules_of_layers():
    """Each rule that layers go by, once; what selects, and a softmax, has tests of its own."""
    graphs = [lower(one).graph for name, one in problems().items() if name.startswith("views")]
    rules = {e.rule.rule.text: e.rule.rule for graph in graphs for e in graph.forward if not e.rule.rule.others}
    return [rule for text, rule in rules.items() if not SELECTS.search(text) and rule.name not in ACTIVATIONS]


SELECTS = re.compile(r"\b(max|pick)\(")
AFFINE = Rule("weighted sum", "sum(w*x)+b", frozenset({"w", "x"}))
RULES = [
    *(entry.rule for entry in ACTIVATIONS.values() if entry.differentiable),
    activation("relu", 1).rule,
    loss("half squared error").rule,
    loss("half squared error", LossOptions(ErrorOrder.OUTPUT_FIRST)).rule,
]


def symbol(node):
    return sympy.Symbol(node.name, real=True) if isinstance(node, Slot) else sympy.Symbol(f"p{node.index}", real=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_partials_of_sized_rules_equal_sympy(rule):
    """Each position's local partial, at every size, against SymPy's derivative of the written-out formula."""
    for size in (1, 2, 3):
        sized = rule.sized(size)
        formula = to_sympy(sized.formula, symbol)
        for position, (local, mentions) in enumerate(sized.locals):
            if position in sized.detached:
                continue
            names = {index: symbol(Position(old)) for index, old in enumerate(mentions)}
            stated = to_sympy(local.formula, lambda node, names=names: names[node.index])
            stated = stated.subs(symbol(Position(sized.arity)), formula)
            found = sympy.diff(formula, symbol(Position(position)))
            free = sorted(formula.free_symbols | stated.free_symbols, key=str)
            for values in ((0.3, -0.7, 1.1, 0.2, -1.9, 0.6, 2.3), (-0.4, 0.9, -1.3, 0.8, 0.5, -2.1, 0.1)):
                at = dict(zip(free, values, strict=False))
                assert sympy.N(stated.subs(at), 30) == pytest.approx(sympy.N(found.subs(at), 30), rel=1e-14)


@pytest.mark.parametrize("first", range(12))
def test_partials_of_the_rules_of_layers_equal_sympy(first):
    """Every twelfth rule, from the first one on: which rules there are takes seconds to find out."""
    found = rules_of_layers()[first::12]
    assert found
    for rule in found:
        test_partials_of_sized_rules_equal_sympy(rule)


def test_sympy_differentiates_through_sums():
    assert differentiate(parse("sum(w*x)+b"), "w") == Slot("x")
    squared = Rule("square of a sum", "sum(w*x)^2", frozenset({"w", "x"})).sized(2)
    local, mentions = squared.locals[0]
    values = {0: 2.0, 1: 3.0, 2: 5.0, 3: 7.0}
    at = {sympy.Symbol(f"p{new}", real=True): values[old] for new, old in enumerate(mentions)}
    assert float(to_sympy(local.formula, symbol).subs(at)) == 2 * (2 * 5 + 3 * 7) * 5


def test_a_slot_that_is_not_there():
    with pytest.raises(FormulaError, match="no slot 'z'"):
        AFFINE.partial("z")


def test_an_adjoint_adds_one_term_a_use():
    local, _ = AFFINE.sized(2).locals[2]
    twice = adjoint_rule(((local, False), (local, False)))
    assert str(to_sympy(twice.formula, symbol)) == "p0*p1 + p2*p3"
    assert adjoint_rule(((local, False), (local, False))) is twice


def test_there_and_back():
    for text in ("f*(1-f)", "1-f^2", "1/(1+exp(-s))", "-s/2", "max(0,s)", "2*s^3"):
        tree = parse(text)
        again = from_sympy(to_sympy(tree, symbol))
        difference = to_sympy(again, symbol) - to_sympy(tree, symbol)
        assert sympy.simplify(difference) == 0
