"""The parts of a solution as nodes of the MyST document tree, https://mystmd.org/spec."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from derive.document.mathematics import Math, Rich
from derive.ecosystems.parts import FigurePart, FormulaPart, Part, TablePart
from derive.exports.displays import portable
from derive.exports.markdown_writing import on_paper
from derive.exports.tables import Content

Node = dict[str, Any]
Position = Mapping[str, Any] | None


def node_of(part: Part, position: Position) -> Node:
    """A part as a node at the place of its directive."""
    match part:
        case FormulaPart():
            return {"type": "math", "value": part.latex, **_labelled(part.label), **_placed(position)}
        case FigurePart():
            return _container("figure", part.label, position, [_image(part), *_caption(part.caption)])
        case TablePart():
            return _container("table", part.label, position, [*_caption(part.caption), _table(part)])


def inline_node(latex: str, position: Position) -> Node:
    """A formula in a line of text."""
    return {"type": "inlineMath", "value": latex, **_placed(position)}


def dependency_node(path: Path) -> Iterator[Node]:
    """What makes MyST build the page anew when a file below its folder changes: none of the file's lines, included."""
    folder = Path.cwd()
    if path.resolve().is_relative_to(folder):
        name = path.resolve().relative_to(folder).as_posix()
        yield {"type": "include", "file": f"/{name}", "filter": {"lines": []}, "children": []}


def mistake_nodes(messages: Iterable[str], position: Position) -> list[Node]:
    """Messages that MyST warns of with the page and the line, and that the page shows where they arose.

    A plugin that is a program of its own has one way to make MyST warn: a reference that leads nowhere.
    """
    return [
        {
            "type": "crossReference",
            "identifier": message,
            "label": message,
            "children": [{"type": "strong", "children": [_text(message)]}],
            **_placed(position),
        }
        for message in messages
    ]


def boxed(nodes: list[Node]) -> Node:
    """Nodes of a line in a box that tells of a mistake."""
    return {"type": "admonition", "kind": "error", "children": [{"type": "paragraph", "children": nodes}]}


def _container(kind: str, label: str, position: Position, children: list[Node]) -> Node:
    return {"type": "container", "kind": kind, **_labelled(label), "children": children, **_placed(position)}


def _labelled(label: str) -> Node:
    return {"label": label, "identifier": label.lower(), "html_id": label.lower()} if label else {}


def _placed(position: Position) -> Node:
    return {"position": dict(position)} if position else {}


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
