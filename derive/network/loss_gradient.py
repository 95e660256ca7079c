"""What a loss adds to the adjoints of what it mentions, as statements of arrays: `df = f - y`, `dw = lambda*w`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from derive.graph.chain import adjoint_rule
from derive.graph.equations import Equation
from derive.graph.formula import ZERO
from derive.graph.graph import Graph
from derive.graph.rule import Local
from derive.network.array_statements import Stated, array_statements
from derive.network.statements import Statement

NONE: Mapping[int, int] = MappingProxyType({})


@dataclass
class _Share:
    """What losses add to one adjoint: local partials with the quantities that they mention."""

    partials: list[Local] = field(default_factory=list)
    mentioned: list[int] = field(default_factory=list)

    def equation(self, adjoint: int) -> Equation:
        """The share as an equation of the adjoint."""
        rule = adjoint_rule(tuple((local, True) for local in self.partials))
        return Equation(rule, adjoint, tuple(self.mentioned))


def loss_gradient_statements(graph: Graph, arrays: Mapping[int, int] = NONE) -> tuple[Stated, ...]:
    """What losses add to the adjoints of the outputs, and penalties to those of parameters.

    `graph` is the one that is differentiated. The divisor of a statement is that of this share alone. Quantities to
    which `arrays` gives different numbers are in none together.
    """
    return tuple(one for is_divided in (True, False) for one in _statements(graph, arrays, is_divided=is_divided))


def _statements(graph: Graph, arrays: Mapping[int, int], *, is_divided: bool) -> Iterator[Stated]:
    shares = _shares(graph, is_divided=is_divided)
    divisor = graph.roots.divisor if is_divided else 1
    runs: dict[int | None, list[Equation]] = {}
    for quantity, share in shares.items():
        runs.setdefault(arrays.get(quantity), []).append(share.equation(graph.adjoint_of[quantity]))
    for stated in (one for equations in runs.values() for one in array_statements(graph, equations)):
        if isinstance(stated, Statement):
            yield replace(stated, divisor=divisor)
        else:
            yield stated


def _shares(graph: Graph, *, is_divided: bool) -> Mapping[int, _Share]:
    """By quantity, in the order of the pass, what losses add to its adjoint: what the mean divides, or all else."""
    found: dict[int, _Share] = {}
    for equation in graph.forward:
        if equation.output not in graph.roots:
            continue
        mentioned = equation.mentioned
        for operand, (local, places) in zip(equation.operands, equation.rule.locals, strict=True):
            if operand in graph.roots or operand not in graph.adjoint_of or local.formula == ZERO:
                continue
            if graph.roots.divides(graph.blocks.of(operand), equation.output) != is_divided:
                continue
            share = found.setdefault(operand, _Share())
            share.partials.append(local)
            share.mentioned += [mentioned[place] for place in places]
    return dict(sorted(found.items(), key=lambda pair: graph.adjoint_of[pair[0]]))
