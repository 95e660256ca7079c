"""The pictures of a solution by name: the network, the computation graph of a round, the losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derive.document.context import Context
from derive.document.pictures.computation_graph import worked_graph
from derive.document.pictures.figure import exercise_figure
from derive.document.pictures.geometry import Drawing
from derive.document.pictures.plot import loss_plot
from derive.errors import InputError
from derive.network.solution import Round
from derive.sources.validate import suggestion

PICTURES: Mapping[str, Callable[[Context, Round], Drawing | None]] = MappingProxyType(
    {
        "network": lambda context, _: exercise_figure(context),
        "graph": worked_graph,
        "losses": lambda context, _: loss_plot(context).drawing,
    }
)
OF_A_ROUND = frozenset({"graph"})
"""The pictures that are another in each round."""


def picture(context: Context, name: str, round: int = 1) -> Drawing:
    """The picture of that name; `round` is whose numbers stand in the graph.

    Raises `InputError` for an unknown name, a round that is not there, and a graph that is too large to be drawn.
    """
    if name not in PICTURES:
        raise InputError.single(f"unknown figure {name!r}{suggestion(name, PICTURES)}")
    drawing = PICTURES[name](context, context.solution.rounds[round])
    if drawing is None:
        raise InputError.single(f"the figure {name} is too large to be drawn for this problem")
    return drawing
