"""Draw the picture of the rooms again: `python docs/make_architecture.py`.

A room is a package of `derive`; its floor is its layer in the import contract of `pyproject.toml`, its arrows are
the imports between packages, without those that a longer way of arrows already tells.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
WIDTH, HEIGHT, GAP, FLOOR = 132, 34, 28, 66
MARGIN = 12
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
    'font-family="sans-serif" font-size="14" role="img">\n<title>{title}</title>\n'
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>\n'
    '<rect width="100%" height="100%" fill="#fff"/>\n'
)
TITLE = "The rooms of derive on their floors; an arrow runs from a room to one that it imports"

Imports = Mapping[str, frozenset[str]]


def floors() -> list[list[str]]:
    """The packages on each floor, the command line at the top; errors, which every room imports, are left out."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = [[name.strip().removeprefix("derive.") for name in layer.split("|")] for layer in layers]
    return [row for row in rows if row != ["errors"]]


def imports(rooms: list[str]) -> Imports:
    """The other rooms that the modules of each room import."""
    return {room: frozenset(_imported(ROOT / "derive" / room)) & set(rooms) - {room} for room in rooms}


def _imported(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("derive."):
                yield node.module.split(".")[1]


def direct(graph: Imports) -> list[tuple[str, str]]:
    """The imports that no longer way tells: the transitive reduction."""
    return [
        (room, other)
        for room, others in graph.items()
        for other in sorted(others)
        if not any(_reaches(graph, between, other) for between in others - {other})
    ]


def _reaches(graph: Imports, start: str, end: str) -> bool:
    return start == end or any(_reaches(graph, following, end) for following in graph[start])


def drawn() -> str:
    """The picture as SVG."""
    rows = floors()
    rooms = [room for row in rows for room in row]
    widest = max(len(row) for row in rows)
    width = widest * (WIDTH + GAP) - GAP + 2 * MARGIN + 2 * GAP
    centres = {
        room: (
            width / 2 + (place - (len(row) - 1) / 2) * (WIDTH + GAP),
            MARGIN + HEIGHT / 2 + floor * FLOOR,
        )
        for floor, row in enumerate(rows)
        for place, room in enumerate(row)
    }
    lines = [_arrow(centres[room], centres[other]) for room, other in direct(imports(rooms))]
    boxes = [_box(room, *centre) for room, centre in centres.items()]
    height = len(rows) * FLOOR - FLOOR + HEIGHT + 2 * MARGIN
    return HEAD.format(width=width, height=height, title=TITLE) + "\n".join([*lines, *boxes]) + "\n</svg>\n"


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """An arrow down to the next floor, or in a bow past the floors between."""
    (x1, y1), (x2, y2) = (start[0], start[1] + HEIGHT / 2), (end[0], end[1] - HEIGHT / 2)
    passes = round((end[1] - start[1]) / FLOOR) - 1
    bow = (WIDTH / 2 + GAP + 14 * passes) * (-1 if x1 + x2 <= start[0] * 2 else 1) if passes else 0
    path = f"M{x1:g} {y1:g} C{x1 + bow * 1.3:g} {y1 + 30:g} {x2 + bow * 1.3:g} {y2 - 30:g} {x2:g} {y2:g}"
    return f'<path d="{path}" fill="none" stroke="#667" marker-end="url(#head)"/>'


def _box(room: str, x: float, y: float) -> str:
    left, top = x - WIDTH / 2, y - HEIGHT / 2
    outline = f'<rect x="{left:g}" y="{top:g}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#eef2f8" stroke="#334"/>'
    return f'{outline}<text x="{x:g}" y="{y + 5:g}" text-anchor="middle">{room}</text>'


def main() -> None:
    """Write `pictures/architecture.svg`."""
    PICTURE.write_text(drawn(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
