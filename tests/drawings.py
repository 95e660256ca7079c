"""Every drawing of a problem's documents, and what lies on what in a drawing."""

from functools import cache
from itertools import combinations, pairwise

from conftest import problem_of

import derive
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.model import Figure
from derive.document.pictures.computation_graph import graph_sections
from derive.document.pictures.extent import Box, label_box
from derive.document.pictures.figure import exercise_figure
from derive.document.pictures.geometry import Circle, Label, Polyline, Rectangle, Segment
from derive.document.pictures.plot import loss_plot
from derive.document.style import style


@cache
def context_of(name, notation=None, look="table"):
    problem = problem_of(name)
    base = {} if notation is None else {"notation": problem.notation.model_copy(update={"base": notation})}
    return Context(derive.solve(problem.model_copy(update=base)), style(look).style, locale("en"))


def drawings_of(context):
    """The figure of the exercise, the plot of the loss, the computation graph, where there are such."""
    found = [exercise_figure(context)]
    if context.solution.problem.has_loss:
        found.append(loss_plot(context).drawing)
    sections = graph_sections(context, context.solution.rounds[1])
    found += [section.drawing for section in sections if isinstance(section, Figure)]
    return [drawing for drawing in found if drawing is not None]


def labels(drawing):
    return [shape for shape in drawing.shapes if isinstance(shape, Label)]


def mathematics(drawing):
    """The LaTeX of every label and of every unit."""
    found = [label.text for label in labels(drawing) if label.math]
    covers = [label.covered for label in labels(drawing) if label.covered]
    return [*found, *covers, *(shape.label for shape in drawing.shapes if isinstance(shape, Circle) and shape.label)]


def bodies(drawing):
    """The boxes of outlined nodes."""
    found = []
    for shape in drawing.shapes:
        if isinstance(shape, Rectangle):
            width, height = shape.width / 2, shape.height / 2
        elif isinstance(shape, Circle):
            width = height = shape.diameter / 2
        else:
            continue
        found.append(Box(shape.x - width, shape.y - height, shape.x + width, shape.y + height))
    return found


def lines(drawing):
    for shape in drawing.shapes:
        if isinstance(shape, Polyline):
            yield shape.points
        elif isinstance(shape, Segment):
            yield (shape.x1, shape.y1), (shape.x2, shape.y2)


def contains(box, x, y, margin=0.02):
    return box.left - margin <= x <= box.right + margin and box.bottom - margin <= y <= box.top + margin


def inside(label, box):
    """Whether a label is the text of an outlined node."""
    own = label_box(label)
    return box.left <= own.left and own.right <= box.right and box.bottom <= own.bottom and own.top <= box.top


def overlaps(drawing):
    """The pairs of things that lie on each other though neither is the other's text."""
    texts, outlines = labels(drawing), bodies(drawing)
    boxes = [label_box(text) for text in texts]
    found = [(a, b) for (a, one), (b, other) in combinations(zip(texts, boxes, strict=True), 2) if one.overlaps(other)]
    found += [(a, b) for a, b in combinations(outlines, 2) if a.overlaps(b)]
    found += [
        (a, b) for a, box in zip(texts, boxes, strict=True) for b in outlines if box.overlaps(b) and not inside(a, b)
    ]
    return found


def crossed(drawing):
    """The lines that run through a node they do not join, or through a text that does not stand on white on them."""
    found = []
    for points in lines(drawing):
        foreign = [box for box in bodies(drawing) if not any(contains(box, *points[end]) for end in (0, -1))]
        texts = [label_box(label) for label in labels(drawing) if not label.backed]
        found += [(points, box) for box in foreign + texts for piece in pairwise(points) if box.crossed_by(*piece)]
    return found
