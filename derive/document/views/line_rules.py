"""What array lines have in common: a rule is stated in symbols where it comes first, and applied after that."""

from __future__ import annotations

from collections.abc import Hashable

from derive.graph.formula import Formula, Slot, rebuild
from derive.graph.quantity import Block, Role
from derive.graph.views.application import Application
from derive.graph.views.language import ADJOINT, ViewEquation
from derive.network.statements import Statement


def rule_of(block: Block, statement: Statement) -> Hashable:
    """The rule by which a statement of a block works: the same for all steps of a layer, or for all parameters.

    Adjoints go by one rule for all gates of a layer.
    """
    if not is_of_layer(block):
        return tuple(_numbered(*one) for one in statement.all_contributions)
    equations = tuple(equation for equation, _ in statement.all_contributions)
    tag = "" if "_" in equations[0].of else block.tag
    return block.layer, tag, tuple(map(_without_gate, equations)) if statement.array[1] else equations


def is_of_layer(block: Block) -> bool:
    """Whether a layer works a block, and not the loss or the update."""
    return bool(block.layer) and block.role not in (Role.UPDATED, Role.OPTIMIZER)


def _without_gate(equation: ViewEquation) -> ViewEquation:
    """An equation of a gate as that of any gate: `ds_o = do .* o .* (1 - o)` as `ds_ = d .* ...`."""
    gate = equation.of.partition("_")[2]
    if not gate:
        return equation

    def plain(node: Formula) -> Formula | None:
        if not isinstance(node, Slot):
            return None
        stem, _, own = node.name.partition("_")
        if own == gate:
            return Slot(f"{stem}_")
        return Slot(node.name.removesuffix(gate) + "_") if node.name in (gate, ADJOINT + gate) else node

    return ViewEquation(Slot(equation.of.removesuffix(gate)), rebuild(equation.right, plain))


def _numbered(equation: ViewEquation, application: Application) -> Formula:
    """A right side with its arrays by their order, whatever their names; single numbers keep theirs."""
    names = {name: str(number) for number, name in enumerate(equation.names())}
    single = [name for name in names if (found := application.find(name)) is not None and found[0].shape == ()]

    def plain(node: Formula) -> Formula | None:
        return Slot(names[node.name]) if isinstance(node, Slot) and node.name not in single else None

    return rebuild(equation.right, plain)
