"""The parts of a solution as nodes of the MyST document tree, https://mystmd.org/spec."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any

from derive.document.mathematics import Math, Rich
from derive.ecosystems.parts import FigurePart, FormulaPart, Part, TablePart
from derive.exports.displays import portable
from derive.exports.tables import Content
from derive.render.svg import on_paper

Node = dict[str, Any]


def node_of(part: Part) -> Node:
    """A part as a node."""
    match part:
        case FormulaPart():
            return {"type": "math", "value": part.latex, **_labelled(part.label)}
        case FigurePart():
            return _container("figure", part.label, [_image(part), *_caption(part.caption)])
        case TablePart():
            return _container("table", part.label, [*_caption(part.caption), _table(part)])


def inline_node(latex: str) -> Node:
    """A formula in a line of text."""
    return {"type": "inlineMath", "value": latex}


def _container(kind: str, label: str, children: list[Node]) -> Node:
    return {"type": "container", "kind": kind, **_labelled(label), "children": children}


def _labelled(label: str) -> Node:
    return {"label": label, "identifier": label.lower(), "html_id": label.lower()} if label else {}


def _image(part: FigurePart) -> Node:
    data = b64encode(on_paper(part.figure.drawing).encode("utf-8")).decode("ascii")
    return {"type": "image", "url": f"data:image/svg+xml;base64,{data}", "alt": part.figure.alternative}


def _caption(text: str) -> Iterator[Node]:
    if text:
        yield {"type": "caption", "children": [{"type": "paragraph", "children": [_text(text)]}]}


def _table(part: TablePart) -> Node:
    rows = [_row(part.table.heads, {"header": True}), *(_row(row, {}) for row in part.table.rows)]
    return {"type": "table", "children": rows}


def _row(cells: Iterable[Content], kind: Node) -> Node:
    return {
        "type": "tableRow",
        "children": [{"type": "tableCell", **kind, "children": list(_inline(cell))} for cell in cells],
    }


def _inline(cell: Content) -> Iterator[Node]:
    if isinstance(cell, Rich):
        for part in cell.parts:
            yield from _inline(part)
    elif isinstance(cell, Math):
        if cell:
            yield {"type": "inlineMath", "value": portable(cell)}
    else:
        yield _text(cell)


def _text(text: str) -> Node:
    return {"type": "text", "value": text}
