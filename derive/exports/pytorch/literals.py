"""Numbers and lines as Python's source: literals of tensors, and lines broken where they are too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from derive.exports.pytorch.variables import nested
from derive.graph.tensor import Shape

WIDTH = 110
_OPENING, _CLOSING = "([{", ")]}"
_WHOLE = {Decimal(0): "torch.zeros", Decimal(1): "torch.ones"}
_FEW = 3


def literal(number: Decimal) -> str:
    """A number as written, as a literal of a float."""
    text = str(number).lower()
    return text if any(mark in text for mark in ".e") else f"{text}.0"


def tensor_literal(numbers: Sequence[Decimal], shape: Shape, *, trained: bool = False) -> str:
    """A tensor of numbers; one number throughout is written once."""
    more = ", requires_grad=True" if trained else ""
    if len(numbers) > _FEW and len(set(numbers)) == 1:
        lengths = ", ".join(map(str, shape))
        if numbers[0] in _WHOLE:
            return f"{_WHOLE[numbers[0]]}({lengths}{more})"
        return f"torch.full(({lengths}{',' * (len(shape) == 1)}), {literal(numbers[0])}{more})"
    return f"torch.tensor({nested([literal(one) for one in numbers], shape)}{more})"


def broken(line: str, indent: str) -> Iterator[str]:
    """A line with an indent, broken at its brackets where it is too long."""
    if len(indent) + len(line) <= WIDTH:
        yield indent + line
        return
    place = _last_bracket(line)
    if place is None:
        yield indent + line
        return
    start, end = place
    parts = list(arguments(line[start + 1 : end]))
    comma = "," * (len(parts) > 1)
    yield indent + line[: start + 1]
    for part in _filled(parts, len(indent) + 4):
        yield from broken(part + comma, f"{indent}    ")
    yield indent + line[end:]


def _filled(parts: Sequence[str], indent: int) -> list[str]:
    """Parts together as they fit a line; nested rows each on its own."""
    found: list[str] = []
    for part in parts:
        if found and not part.startswith("[") and indent + len(found[-1]) + len(part) + 3 <= WIDTH:
            found[-1] += f", {part}"
        else:
            found.append(part)
    return found


def _last_bracket(line: str) -> tuple[int, int] | None:
    """Where the longest of the outermost brackets opens and closes, of those that hold several things if there are."""
    depth, opened, found = 0, 0, []
    for place, mark in enumerate(line):
        if mark in _OPENING:
            opened = place if not depth else opened
            depth += 1
        elif mark in _CLOSING:
            depth -= 1
            if not depth:
                found.append((opened, place))
    several = [(start, end) for start, end in found if len(list(arguments(line[start + 1 : end]))) > 1]
    return max(several or found, key=lambda one: one[1] - one[0], default=None)


def arguments(text: str) -> Iterator[str]:
    """What stands between the outermost commas of a text."""
    depth, start, quoted = 0, 0, False
    for place, mark in enumerate(text):
        quoted ^= mark == '"'
        depth += 0 if quoted else (mark in _OPENING) - (mark in _CLOSING)
        if mark == "," and not depth and not quoted:
            yield text[start:place].strip()
            start = place + 1
    if text[start:].strip():
        yield text[start:].strip()
