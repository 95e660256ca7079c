"""The chain rule spelled out: evaluated as it is printed, it gives the adjoint."""

from decimal import Decimal

import pytest
from conftest import problem_of, solution_of
from everyday import examples
from hypothesis import given, settings
from nets import problems
from read_back import Reader

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.document.build import Context
from derive.document.locale import locale
from derive.document.steps.chain_rule import MOST_TERMS, chain_rule, chain_terms, chain_text, local_symbol
from derive.document.style import style
from derive.graph.formula import Position, leaves
from derive.graph.quantity import Role
from derive.problem.model import Problem
from derive.sources import assets

ARITHMETIC = DecimalArithmetic(50)
UNROUNDED = {"significant": 30}


def context_of(solution):
    return Context(solution, style("worked").style, locale("en"))


def numbers_of(solution, round):
    """Every quantity's number, folded ones worked too."""
    values = {q: v.carried for q, v in round.values.items()}
    graph = solution.lowered.graph
    for equation in (*graph.forward, *graph.backward):
        if equation.output not in values:
            operands = [values[operand] for operand in equation.operands]
            values[equation.output] = compile_formula(equation.rule.formula, ARITHMETIC)(operands)
    return values


def worth(rule, values):
    """The sum of all terms, from numbers alone."""

    def term(one):
        local = compile_formula(one.local(), ARITHMETIC)(values)
        outer = worth(one.inner, values) if one.inner else Decimal(1) if one.adjoint is None else values[one.adjoint]
        return -outer * local if one.negative else outer * local

    return sum(map(term, rule.terms)) / rule.divisor + sum(map(term, rule.more))


def read(context, rule, values):
    """The chain rule as it is printed, every symbol replaced by its number, read and worked."""
    text, numbers = chain_text(context, rule), {}
    for one in chain_terms(rule):
        local = compile_formula(one.local(), ARITHMETIC)(values)
        if one.adjoint is not None:
            numbers[local_symbol(context, one)] = local
            numbers[context.symbol(one.adjoint)] = values[one.adjoint]
        else:
            numbers |= {
                context.symbol(leaf.index): values[leaf.index]
                for leaf in leaves(one.local())
                if isinstance(leaf, Position)
            }
    for symbol in sorted(numbers, key=len, reverse=True):
        number = f"{numbers[symbol]:f}"
        text = text.replace(symbol, f"({number})" if number.startswith("-") else number)
    return Reader(text).line()


def close(first, second):
    return abs(first - second) <= Decimal("1e-20") * max(abs(first), abs(second), Decimal("1e-5"))


def check(solution, *, printed):
    context = context_of(solution)
    found = 0
    for round in solution.rounds:
        values = numbers_of(solution, round)
        for equation in round.equations:
            rule = chain_rule(context, context.ways, equation)
            if rule is None:
                continue
            found += 1
            sign = -1 if solution.graph.blocks.of(equation.output).negative else 1
            adjoint = values[equation.output]
            assert close(worth(rule, values), adjoint), solution.graph.blocks.names[equation.output]
            assert sign in (1, -1)
            if printed and max(len(rule.terms), 1) <= MOST_TERMS:
                assert close(read(context, rule, values), adjoint)
    return found


UNCHAINED = ("adam-parabola", "momentum-valley", "clipped-gradient")
CHAINED = [name for name in assets.examples() if problem_of(name).updates == "simultaneous"]


@pytest.mark.parametrize("name", CHAINED)
def test_every_chain_rule_of_the_gallery_gives_its_adjoint(name):
    solution = solution_of(
        name,
        rounding=derive.load(assets.examples()[name]).rounding.model_copy(
            update={"significant": 30, "places": None, "exceptions": ()}
        ),
    )
    assert check(solution, printed=True) or name in UNCHAINED


@settings(max_examples=examples(40), deadline=None)
@given(problems(carry=("full",)))
def test_every_chain_rule_of_random_networks_gives_its_adjoint(problem):
    changed = Problem.model_validate({**dict(problem), "rounding": {"significant": 30}})
    check(derive.solve(changed), printed=True)


@pytest.mark.parametrize("changes", [{"update_form": "ascent"}, {"inline": ("adjoint",)}, {"notation": "delta"}])
@pytest.mark.parametrize("name", ["two-two-two", "deep-sigmoid"])
def test_signs_and_folded_steps_are_chained_too(name, changes):
    solution = solution_of(name, rounding=derive.problem.model.Rounding(significant=30), **changes)
    assert check(solution, printed=True) or name in UNCHAINED


def test_new_weights_are_not_chained_by_old_ones():
    solution = solution_of("two-two-two", updates="in place")
    context = context_of(solution)
    for equation in solution.rounds[1].equations:
        uses_new = any(solution.graph.blocks.of(q).role is Role.UPDATED for q in equation.operands)
        if uses_new:
            assert chain_rule(context, context.ways, equation) is None
