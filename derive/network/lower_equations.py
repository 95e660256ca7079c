"""Equations alone lowered to a graph: any computation graph, differentiated, its parameters optimized."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from derive.catalog.layers.equations import emit_equation
from derive.catalog.losses import UPSTREAM
from derive.errors import FormulaError, InputError
from derive.graph.backward import differentiate
from derive.graph.equations import Roots
from derive.graph.quantity import Block, Blocks, Kind
from derive.graph.tensor import Tensor, of, shape_text
from derive.network.losing import total_loss
from derive.network.lowered import Laying, Lowered
from derive.network.updating import with_updates
from derive.problem.model import Problem
from derive.sources.fields import flat, shape_of


def lower_equations(problem: Problem) -> Lowered:
    """The derivation of a problem's equations.

    Every value is differentiated by, unless the problem names parameters; those are updated. Raises `InputError` for
    an equation that does not fit.
    """
    making = Laying(int(problem.relu_at_zero))
    builder = making.builder
    blocks: dict[str, Block] = {}
    for name, numbers in problem.values[0].items() if problem.values else ():
        blocks[name] = making.lay(Kind.NODE, shape_of(numbers) or (), numbers, name)
    targets = problem.targets
    letter = "" if problem.has_loss else UPSTREAM.target_letter
    wanted = None if targets is None else making.lay(Kind.TARGET, shape_of(targets) or (), targets, letter)
    rate = making.rate(problem.learning_rate)
    known: dict[str, Tensor] = {name: of(block) for name, block in blocks.items()}
    try:
        for name, text in problem.equations.items():
            known[name] = emit_equation(builder, name, text, known)
    except FormulaError as error:
        raise InputError.single(str(error)) from error
    outputs = known[problem.outputs or list(problem.equations)[-1]]
    by = tuple(blocks[name] for name in problem.parameters) or tuple(blocks.values())
    if wanted is not None:
        roots = total_loss(problem, builder, making.lay, (of(wanted).column,), (outputs.column,), by)
    else:
        roots = _single_root(problem, outputs)
    backward = differentiate(builder, by, roots)
    graph = making.graph(backward, roots, loss_is_stand_in=wanted is not None and not problem.has_loss)
    updated = tuple(blocks[name] for name in problem.parameters)
    lowered = Lowered(graph, (), (), rate, updated, (), making.given)
    whole = with_updates(problem, lowered, ()) if updated else lowered
    _require_unique(whole.graph.blocks)
    return whole


def _require_unique(blocks: Blocks) -> None:
    """Raise `InputError` where two quantities have one name."""
    counted = Counter(blocks.names)
    twice = sorted(name for name, count in counted.items() if count > 1)
    if twice:
        raise InputError.single(f"equations: two quantities are named {' and two '.join(twice)}; choose other names")


def _single_root(problem: Problem, outputs: Tensor) -> Roots:
    if len(outputs.ids) != 1:
        name = problem.outputs or list(problem.equations)[-1]
        raise InputError.single(
            f"outputs: {name} has {shape_text(outputs.shape)} entries, and one number is differentiated; add an "
            f"equation for it, such as L: sum({name}), or give `targets` and a `loss`"
        )
    return Roots(outputs.ids[0])


def equation_values(problem: Problem, lowered: Lowered, number: int) -> Mapping[int, Decimal]:
    """The values of a round that are not parameters; they start over after the last."""
    values: dict[int, Decimal] = {}
    names = lowered.graph.blocks
    if len(problem.values) > 1:
        for name, numbers in problem.values[(number - 1) % len(problem.values)].items():
            if name not in problem.parameters:
                block = next(block for block in names.blocks if block.name == name)
                values.update(zip(block.ids, flat(numbers), strict=True))
    return values
