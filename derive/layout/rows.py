"""Mathematics of a document in rows that fit."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document.mathematics import NOTHING, Answer, Math
from derive.measure.breaking import Room, Row, broken


@dataclass(frozen=True, slots=True)
class Fitted:
    """One row of mathematics: how far it is indented, in millimetres, and how much it is scaled to fit."""

    text: Math = NOTHING
    indent: float = 0.0
    scale: float = 1.0

    def __bool__(self) -> bool:
        return bool(self.text)


NO_ROW = Fitted()


def fitted(text: Math, room: Room, *, display: bool = False) -> tuple[Fitted, ...]:
    """Mathematics in as many rows as it takes; what answers something does so in every row."""
    rows = broken(text, room, display=display)
    return (Fitted(text, 0.0, rows[0].scale),) if len(rows) == 1 else tuple(_part(text, row) for row in rows)


def _part(whole: Math, row: Row) -> Fitted:
    return Fitted(whole.written(row.text) if isinstance(whole, Answer) else Math(row.text), row.indent, row.scale)


def rows(
    text: Math, width: float, *, hang: float = 5.0, taken: float = 0.0, trailing: float = 0.0, display: bool = False
) -> tuple[Fitted, ...]:
    """Mathematics in rows for a template, every length in millimetres; see `Room` for what they mean."""
    return fitted(text, Room(width, hang, taken, trailing), display=display)
