"""Closed forms from the given numbers alone, and chain rules from the local partials, are the numbers of the trace."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from conftest import solution_of
from read_formulas import Page, Reader
from test_printed_forms import FOLDED, close, page_of

from derive.errors import DeriveError
from derive.graph.quantity import Role
from derive.sources import assets

PARTIAL = re.compile(r"\\frac\{(?:\\mathrm\{d\}|\\partial )(.+)\}\{(?:\\mathrm\{d\}|\\partial )(.+)\}")
STEP = 1e-6
APART = 1e-4
"""By how much the first of equal numbers counts as the larger one, where a slope is taken."""


def names_of(solution, *roles):
    blocks = solution.lowered.graph.blocks
    for block in blocks.blocks:
        if block.role in roles and block.kind not in FOLDED:
            yield from ((blocks.names[quantity], quantity) for quantity in block.ids)


def form_of(solution, name, form):
    """The right side in a form; None where the quantity has none, or one that is not offered or shortened."""
    try:
        text = solution.formula(name, form).latex("right")
    except DeriveError:
        return None
    return None if r"\dots" in text else text


def require_closed_forms(solution):
    page, blocks = page_of(solution), solution.lowered.graph.blocks
    given = {solution.writer.symbol(q): page.numbers[solution.writer.symbol(q)] for q in given_of(solution)}
    checked = 0
    for name, quantity in names_of(solution, Role.FORWARD, Role.BACKWARD):
        if (text := form_of(solution, name, "closed")) is not None:
            found = Reader(text, Page(given, page.functions)).read().value({})
            assert close(found, page.numbers[solution.writer.symbol(quantity)]), (blocks.names[quantity], text)
            checked += 1
    return checked


def given_of(solution):
    return [q for _, q in names_of(solution, Role.GIVEN) if q in solution.values[0]]


def first_largest(*numbers):
    """The largest, but for the constant by which each counts as smaller than an equal one before it."""
    return max(number - place * APART for place, number in enumerate(numbers))


class LocalPartials(dict):
    """The numbers of a page, and of a partial that it does not have the slope of the line that it is a partial of."""

    def __init__(self, page, lines):
        super().__init__(page.numbers)
        self.page, self.lines = replace(page, functions={**page.functions, r"\max": first_largest}), lines

    def __contains__(self, symbol):
        return super().__contains__(symbol) or self.sides(symbol) is not None

    def __missing__(self, symbol):
        text, by = self.sides(symbol)
        return (self.at(text, by, STEP) - self.at(text, by, -STEP)) / (2 * STEP)

    def sides(self, symbol):
        """The line of what is differentiated, and the symbol by which."""
        match = PARTIAL.fullmatch(symbol)
        known = match is not None and match[1] in self.lines and match[2] in self.page.numbers
        return (self.lines[match[1]], match[2]) if known else None

    def at(self, text, by, step):
        moved = {**self.page.numbers, by: self.page.numbers[by] + step}
        return Reader(text, replace(self.page, numbers=moved, _entries={})).read().value({})


def require_chain_forms(solution):
    page, symbol = page_of(solution), solution.writer.symbol
    lines = {symbol(e.output): solution.writer.formula(e) for e in solution.lowered.graph.forward}
    local, checked = Page(LocalPartials(page, lines), page.functions), 0
    for name, quantity in names_of(solution, Role.BACKWARD):
        if (text := form_of(solution, name, "chain")) is not None:
            assert close(Reader(text, local).read().value({}), page.numbers[symbol(quantity)]), (name, text)
            checked += 1
    return checked


FEW = ("fra501-homework-4-1", "leaky-units", "logistic-batch", "softmax-fused", "rnn-truncated", "xor")


def require_both(name):
    solution = solution_of(name)
    assert require_closed_forms(solution) + require_chain_forms(solution)


@pytest.mark.parametrize("name", FEW)
def test_examples(name):
    require_both(name)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", sorted(assets.examples().keys() - set(FEW)))
def test_the_rest_of_the_gallery(name):
    require_both(name)


def test_a_wrong_closed_form_is_found(monkeypatch):
    """The tests above fail where a closed form loses a factor."""
    solution = solution_of("fra501-homework-4-1")
    monkeypatch.setattr("test_printed_closed.form_of", lambda solution, name, form: "x_{1}")
    with pytest.raises(AssertionError):
        require_closed_forms(solution)
