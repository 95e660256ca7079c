"""The room that shapes take, measured."""

from __future__ import annotations

from collections.abc import Iterable

from derive.document.pictures.extent import Box, Point, label_box
from derive.document.pictures.geometry import Circle, Label, Polyline, Rectangle, Segment, Shape


def line_points(line: Segment | Polyline) -> tuple[Point, ...]:
    """The points that a line runs through."""
    return ((line.x1, line.y1), (line.x2, line.y2)) if isinstance(line, Segment) else line.points


def shape_box(shape: Shape) -> Box:
    """The place of a shape, of a label with the white it stands on."""
    match shape:
        case Circle():
            radius = shape.diameter / 2
            return Box(shape.x - radius, shape.y - radius, shape.x + radius, shape.y + radius)
        case Rectangle():
            right, up = shape.width / 2, shape.height / 2
            return Box(shape.x - right, shape.y - up, shape.x + right, shape.y + up)
        case Label():
            return label_box(shape)
        case _:
            xs, ys = zip(*line_points(shape), strict=True)
            return Box(min(xs), min(ys), max(xs), max(ys))


def bounds(shapes: Iterable[Shape]) -> Box:
    """The rectangle around everything; of no size where there is nothing."""
    boxes = [shape_box(shape) for shape in shapes] or [Box(0, 0, 0, 0)]
    return Box(
        min(box.left for box in boxes),
        min(box.bottom for box in boxes),
        max(box.right for box in boxes),
        max(box.top for box in boxes),
    )
