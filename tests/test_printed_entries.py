"""Lines of losses, gradients and updates, read back: symbols and numbers, worked out, are the printed result."""

from __future__ import annotations

import re
from functools import partial
from itertools import product

import numpy as np
import pytest
from allpairspy import AllPairs
from array_statements import exact_values, loss_statements
from everyday import first_of_each
from losses import problem_tree
from read_entries import EntryReader
from read_matrices import Misfit
from test_array_statements import BATCHES, BEFORE, PENALTIES, RATES

import derive
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.document.formulas import formula_context
from derive.document.mathematics import Relation
from derive.document.model import Matrix
from derive.document.views.array_lines import ArrayLines, has_symbol
from derive.document.views.array_passes import array_update
from derive.document.views.numbers import Numbers
from derive.graph.equations import Equation
from derive.graph.quantity import Kind, Role
from derive.network.inlined import inlined
from derive.network.loss_gradient import loss_gradient_statements
from derive.network.statements import Statement

LETTERS = {"m": "M", "v": "V", "r": "R", "g": "G", "mhat": r"\hat{M}", "vhat": r"\hat{V}", "gbar": r"\bar{G}"}
LETTERS |= {"ghat": r"\hat{G}"}
SMALL = {"mhat": r"\hat{m}", "vhat": r"\hat{v}", "gbar": r"\bar{g}", "ghat": r"\hat{g}"}
ADDS = r"\mathrel{{+}{=}}"


def arrays_of(solution, values):
    """Every array that a page may name, by its symbol; several where old and new have one."""
    graph, found = solution.lowered.graph, {}
    stacks = {}
    for block in graph.blocks.blocks:
        if all(q in values for q in block.ids):
            numbers = np.array([float(values[q]) for q in block.ids]).reshape(*(*block.shape, 1, 1)[:2])
            found.setdefault(symbol(solution, block), []).append(numbers)
            if block.sample:
                stacks.setdefault(symbol(solution, block, stacked=True), []).append(numbers.reshape(1, -1))
    for name, rows in stacks.items():
        if len({row.shape for row in rows}) == 1:
            for either in (name, CAPITAL.sub(lambda match: match[1] + match[2].upper(), name)):
                found.setdefault(either, []).append(np.concatenate(rows))
    return found


CAPITAL = re.compile(r"((?:\\frac\{.*\}\{\\mathrm\{d\})?)(?<![a-z])([a-z])(?![a-z])(?=[^a-z]*$)")
"""The letter of an array, which may be a capital where it has a row for each sample."""


def symbol(solution, block, *, stacked=False):
    notation, of = solution.notation, block.of
    if of is None:
        above = f"^{{[{block.sample}]}}" if block.sample and not stacked else ""
        letter = "W" if block.kind is Kind.WEIGHT else notation.letter(block) or block.own_letter
        below = re.search(r"_\{.*\}$", letter)
        return letter[: below.start()] + above + below[0] if below and above else letter + above
    inner = symbol(solution, of, stacked=stacked)
    if block.role is Role.UPDATED:
        return inner
    if block.role is Role.BACKWARD:
        loss = "L" if stacked or not solution.lowered.graph.roots.samples or block.letter == "L" else "J"
        loss = block.letter if stacked else loss
        above = f"^{{[{block.sample}]}}" if block.sample and not stacked else ""
        return rf"\frac{{\mathrm{{d}}{block.letter}{above}}}{{\mathrm{{d}}{inner}}}"
    table = LETTERS if len(of.shape) > 1 else SMALL
    return f"{table.get(block.letter, block.letter)}_{{{inner}}}"


def sides_of(line):
    found = []
    for part in line.parts:
        if isinstance(part, Relation):
            found.append((str(part).strip(), []))
        else:
            found[-1][1].append(part)
    return found


def read(parts, arrays):
    """What a side stands for, in every choice of its arrays."""
    text, places = "", []
    for part in parts:
        if isinstance(part, Matrix):
            places.append(np.array([[float(entry.text) for entry in row] for row in part.rows]))
        text += f" @{len(places) - 1}@ " if isinstance(part, Matrix) else str(part)
    used = [name for name in arrays if name in text]
    found = []
    for choice in product(*(arrays[name] for name in used)):
        try:
            found.append(EntryReader(text, dict(zip(used, choice, strict=True)), {}, places).read())
        except Misfit:
            continue
    assert found, f"nothing fits in {text!r}"
    return found


def is_in_symbols(parts):
    """Whether a side holds letters, other than those of functions, and no matrix of numbers."""
    text = re.sub(r"\\[A-Za-z]+|e\^", "", "".join(map(str, parts)))
    return not any(isinstance(part, Matrix) for part in parts) and re.search("[A-Za-z]", text) is not None


def require_line(line, arrays):
    *sides, (relation, result) = sides_of(line)
    ((wanted,),) = [read(result, {})]
    for _, parts in sides:
        room = 2e-8 if relation == "=" or is_in_symbols(parts) else 1e-3
        assert any(is_near(one, wanted, room) for one in read(parts, arrays)), (line.left, parts, wanted)
    known = read([line.left], arrays)
    assert sides_of(line)[0][0] == ADDS or any(is_near(one, wanted, 2e-8) for one in known), line.left


def is_near(found, wanted, room):
    return found.shape == wanted.shape and bool(np.all(np.abs(found - wanted) <= room * np.maximum(1, np.abs(wanted))))


def loss_gradients(context):
    """The lines of a backward pass to which losses alone contribute."""
    graph = context.solution.lowered.graph
    alone = {
        adjoint
        for stated in loss_gradient_statements(graph)
        for adjoint in ([stated.output] if isinstance(stated, Equation) else stated.defined)
        if graph.blocks.of(adjoint).of.role is not Role.GIVEN
    }
    for item in context.array_pass.backward:
        if isinstance(item, Statement) and alone.issuperset(item.defined) and len(item.all_contributions) == 1:
            yield item


def lines_of(solution, number, *, in_symbols):
    context, round = formula_context(solution), solution.rounds[number]
    statements = (*loss_statements(solution.graph), *loss_gradients(context))
    written = inlined(solution.lowered.graph.blocks, statements, partial(has_symbol, context))
    yield from ArrayLines(context, Numbers(context, round), in_symbols).lines(statements, written)
    yield from array_update(context, round, in_symbols=in_symbols).lines


def require_lines(solution):
    arrays = arrays_of(solution, exact_values(solution))
    for in_symbols in (True, False):
        for line in lines_of(solution, 2, in_symbols=in_symbols):
            require_line(line, arrays)


CASES = list(AllPairs([[*LOSSES], [*OPTIMIZERS], [*PENALTIES], [*BEFORE], [*BATCHES], [*RATES], [1, 3]]))


@pytest.mark.parametrize(
    ("loss", "optimizer", "penalty", "before", "batch", "rate", "outputs"), first_of_each(map(tuple, CASES))
)
def test_every_side_is_the_printed_result(loss, optimizer, penalty, before, batch, rate, outputs):
    more = {"optimizer": {"name": optimizer, **BEFORE[before]}, "learning_rate": RATES[rate], "rounding": {"places": 8}}
    tree = problem_tree(loss, outputs, 7, samples=6, **PENALTIES[penalty], **BATCHES[batch], **more)
    require_lines(derive.solve(derive.Problem.model_validate(tree)))


def texts(solution, number):
    """Each line's left side, the relation behind it and the symbols."""
    return [
        f"{line.left} {line.parts[0].strip()} {line.parts[1]}" for line in lines_of(solution, number, in_symbols=True)
    ]


def adam(**more):
    optimizer = {"name": "adam", "clip_norm": "1"}
    tree = problem_tree("half squared error", 2, 7, samples=2, optimizer=optimizer, **more)
    return derive.solve(derive.Problem.model_validate(tree))


IN_PARTIALS = [
    r"L = \frac{1}{2} \, \left\|y - f\right\|^{2}",
    r"\frac{\mathrm{d}L}{\mathrm{d}f} = f - y",
    r"M_{W} \leftarrow \beta_{1} \, M_{W} + (1 - \beta_{1}) \, \hat{G}_{W}",
    r"\hat{M}_{W} = \frac{1}{1 - \beta_{1}^{t}} \, M_{W}",
    r"W \leftarrow W - \eta \, \hat{M}_{W} \oslash (\sqrt{\hat{V}_{W}} + \varepsilon)",
]
WITH_DELTAS = [
    r"e(1) = \frac{1}{2} \, \left\|y^{*} - x^{(1)}(1)\right\|^{2}",
    r"\mathrm{norm} = \sqrt{Q}",
    r"\hat{G}_{W^{(1)}} = \frac{c}{\max(\mathrm{norm}, c)} \, \frac{\partial e}{\partial W^{(1)}(1)}",
    r"M_{W^{(1)}}(2) = \beta_{1} \, M_{W^{(1)}}(1) + (1 - \beta_{1}) \, \hat{G}_{W^{(1)}}",
    r"W^{(1)}(2) = W^{(1)}(1) - \eta \, \hat{M}_{W^{(1)}} \oslash (\sqrt{\hat{V}_{W^{(1)}}} + \varepsilon)",
]


@pytest.mark.parametrize(("more", "wanted"), [({}, IN_PARTIALS), ({"notation": "delta"}, WITH_DELTAS)])
def test_symbols_by_hand(more, wanted):
    assert [text for text in texts(adam(**more), 2) if text in wanted] == wanted


def test_new_numbers_are_marked():
    *_, line = lines_of(adam(), 2, in_symbols=True)
    matrices = [part for part in line.parts if isinstance(part, Matrix)]
    assert [{entry.updated for row in one.rows for entry in row} for one in matrices] == [
        {True},
        {False},
        {False},
        {True},
    ]
