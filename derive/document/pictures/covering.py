"""What of a drawing gives numbers away, and the drawing without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.document.mathematics import Answer, Math
from derive.document.pictures.geometry import Drawing, Label, Places, Shape


def revealed(text: Math) -> Places:
    """The places whose numbers can be read off a text; none where it is no answer."""
    return ((text.name, text.round), *sorted(text.mentions)) if isinstance(text, Answer) else ()


def covered(drawing: Drawing, hides: Callable[[Places], bool]) -> Drawing:
    """The drawing for those who are to find what `hides` says, its size unchanged.

    What gives it away is left out, or replaced by what the shape says stands there instead; so is the text
    alternative.
    """
    shapes = [_covered(shape) if shape.reveals and hides(shape.reveals) else shape for shape in drawing.shapes]
    kept = tuple(shape for shape in shapes if shape is not None)
    if kept == drawing.shapes:
        return drawing
    return replace(drawing, shapes=kept, alternative=drawing.covered or drawing.alternative)


def _covered(shape: Shape) -> Shape | None:
    if isinstance(shape, Label) and shape.covered:
        return replace(shape, text=shape.covered, covered="", reveals=())
    return None
