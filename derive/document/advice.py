"""What a document cannot show in its style, with what to write instead, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from derive.document.pictures.computation_graph import undrawn
from derive.document.pictures.graph_drawing import MOST_NODES
from derive.document.style import style
from derive.network.solution import Solution

GRAPH = "computation-graph"


def advice(solution: Solution, style_name: str) -> Iterator[str]:
    """Sentences on what a style leaves out of a problem's document."""
    nodes = undrawn(solution)
    if GRAPH in style(style_name).style.parts.get("round", ()) and nodes:
        yield (
            f"style {style_name}: the computation graph has {nodes} nodes, and at most {MOST_NODES} can be drawn; the "
            "lines are worked without it. Write `style: worked` for the lines alone, or `style: steps` for the reasons "
            "too"
        )
