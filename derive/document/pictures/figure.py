"""The figure of an exercise: units and weights, a computation graph, steps in a row, or a block diagram."""

from __future__ import annotations

from collections.abc import Callable

from derive.document.context import Context
from derive.document.pictures.computation_graph import stated_graph
from derive.document.pictures.geometry import Drawing
from derive.document.pictures.layer_drawing import draw_layers
from derive.document.pictures.network_drawing import draw_network
from derive.document.pictures.unrolled_network import draw_unrolled_network, is_unrolled
from derive.network.dense_stack import is_dense_stack
from derive.network.lowered import Lowered

FIGURES: tuple[tuple[Callable[[Lowered], bool], Callable[[Context], Drawing | None]], ...] = (
    (lambda lowered: not lowered.placed, stated_graph),
    (is_dense_stack, draw_network),
    (is_unrolled, draw_unrolled_network),
    (lambda _: True, draw_layers),
)
"""For which derivations a figure is drawn, the first that fits being chosen."""


def exercise_figure(context: Context) -> Drawing | None:
    """The figure that stands with the statement of the exercise; None where nothing can be drawn."""
    draw = next(draw for fits, draw in FIGURES if fits(context.solution.lowered))
    return draw(context)
