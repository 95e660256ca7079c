"""The strip: the final answers of a problem on one page, in the order of what a marker needs first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType

from derive.document.context import Context
from derive.document.handouts.handout import Strip, StripPanel
from derive.document.mathematics import NOTHING, Math
from derive.document.model import Cell
from derive.document.pictures.extent import math_extent
from derive.graph.quantity import Block, Kind, Role
from derive.network.solution import Round

HEIGHT, PANEL = 218.0, 12.0
"""Millimetres: what rows share on the page, and what a panel takes beside its rows."""
WIDTH, NUMBER, BETWEEN, AFTER_SYMBOL = 160.0, 19.0, 6.0, 3.0
"""Millimetres: the page, a number, the space between panels and after a symbol."""
ASCENT, DESCENT, AIR = 3.4, 1.5, 0.3
"""Millimetres: the least that a row has above and below its baseline, and the air around a taller symbol."""
MOST_ROUNDS = 7
MOST_RUNS = 10
"""Runs of rounds below each other; the rounds before them are left out."""

_LEVELS: MappingProxyType[str, Callable[[Block], bool]] = MappingProxyType(
    {
        "losses": lambda block: block.kind in (Kind.LOSS, Kind.TOTAL_LOSS),
        "updated parameters": lambda block: block.role is Role.UPDATED and block.kind is not Kind.STATE,
        "gradients": lambda block: block.kind is Kind.GRADIENT,
        "deltas": lambda block: block.kind is Kind.DELTA,
        "outputs": lambda block: block.kind is Kind.OUTPUT,
        "forward pass": lambda block: block.role is Role.FORWARD,
        "backward pass": lambda block: block.role is Role.BACKWARD,
        "optimizer": lambda block: block.role in (Role.OPTIMIZER, Role.UPDATED),
    }
)
"""What stands on a strip, the most needed first; a quantity belongs to the first that takes it."""


def strip(context: Context, title: str, rounds: frozenset[int]) -> Strip | None:
    """The strip of a problem for some of its rounds: as many levels as one page holds, and what was left out."""
    asked = [round for round in context.solution.rounds if round.number in rounds]
    shown = asked[-MOST_ROUNDS * MOST_RUNS :]
    if not shown:
        return None
    levels = {name: found for name in _LEVELS if (found := _level(context, name, shown))}
    taken: list[int] = []
    left: list[str] = []
    for name, quantities in levels.items():
        if left or not _fit(context, [*taken, *quantities], len(shown)):
            left.append(name)
        else:
            taken += quantities
    words = context.locale
    note = context.phrase(words.strip_note, order=_names(context, tuple(levels)))
    if left:
        note = context.sentences(note, context.phrase(words.strip_left_out, names=_names(context, left)))
    if len(shown) < len(asked):
        note = context.sentences(note, context.phrase(words.strip_rounds_left_out, n=str(shown[0].number)))
    return Strip(title, words.strip, tuple(_panels(context, taken, shown)), note)


def _names(context: Context, levels: Sequence[str]) -> str:
    return context.locale.comma.join(context.locale.strip_levels[name] for name in levels)


def _level(context: Context, name: str, rounds: Sequence[Round]) -> list[int]:
    """The worked quantities of a level, in the order that they are worked in."""
    blocks = context.solution.graph.blocks
    worked = dict.fromkeys(equation.output for round in rounds for equation in round.equations)
    return [q for q in worked if _level_of(blocks.of(q)) == name]


def _runs(rounds: int) -> int:
    """Into how many runs, one below another, the rounds are cut."""
    return -(-rounds // MOST_ROUNDS)


def _beside(context: Context, quantities: Sequence[int], rounds: int) -> int:
    """How many panels stand beside one another."""
    symbol = max((math_extent(context.symbol(quantity)).width for quantity in quantities), default=0.0)
    width = symbol + AFTER_SYMBOL + NUMBER * min(rounds, MOST_ROUNDS)
    return max(1, int((WIDTH + BETWEEN) // (width + BETWEEN)))


def _room(rounds: int) -> float:
    """The height of the rows of a panel at most, in millimetres."""
    return HEIGHT / _runs(rounds) - PANEL


def _height(context: Context, quantity: int) -> float:
    symbol = math_extent(context.symbol(quantity))
    return max(ASCENT, symbol.ascent + AIR) + max(DESCENT, symbol.descent + AIR)


def _fit(context: Context, quantities: Sequence[int], rounds: int) -> bool:
    if len(quantities) * (ASCENT + DESCENT) > _room(rounds) * WIDTH / NUMBER:
        return False
    return len(_cut(context, quantities, _room(rounds))) <= _beside(context, quantities, rounds)


def _cut(context: Context, quantities: Sequence[int], room: float) -> list[list[int]]:
    """Quantities in runs that are no higher than the room."""
    found: list[list[int]] = [[]]
    used = 0.0
    for quantity in quantities:
        height = _height(context, quantity)
        if found[-1] and used + height > room:
            found.append([])
            used = 0.0
        found[-1].append(quantity)
        used += height
    return found


def _balanced(context: Context, quantities: Sequence[int], rounds: int) -> list[list[int]]:
    """The runs of the page, about equally high."""
    beside, room = _beside(context, quantities, rounds), _room(rounds)
    heights = [_height(context, quantity) for quantity in quantities]
    even = sum(heights) / beside + max(heights, default=0.0)
    found = _cut(context, quantities, min(room, even))
    return found if len(found) <= beside else _cut(context, quantities, room)


def _panels(context: Context, quantities: Sequence[int], rounds: Sequence[Round]) -> Iterator[StripPanel]:
    """The panels of the page, run of rounds by run."""
    for first in range(0, len(rounds), MOST_ROUNDS):
        run = rounds[first : first + MOST_ROUNDS]
        titles = tuple(context.locale.round_title.replace("<n>", str(round.number)) for round in run)
        for part in _balanced(context, quantities, len(rounds)):
            numbers = {quantity: _numbers(context, run, quantity) for quantity in part}
            signed = any(n is not None and n.startswith("-") for row in numbers.values() for n in row)
            rows = tuple((context.symbol(q), tuple(_cell(n, signed=signed) for n in row)) for q, row in numbers.items())
            yield StripPanel(titles, rows, _gaps(context, part))


def _numbers(context: Context, run: Sequence[Round], quantity: int) -> list[Math | None]:
    return [context.number(round, quantity) if quantity in round.equation_of else None for round in run]


def _cell(number: Math | None, *, signed: bool) -> Cell | None:
    """A number, with room for a minus where another of its panel has one."""
    return None if number is None else Cell(NOTHING, number, padded=signed and not number.startswith("-"))


def _level_of(block: Block) -> str:
    return next((name for name, takes in _LEVELS.items() if takes(block)), "")


def _gaps(context: Context, quantities: Sequence[int]) -> frozenset[int]:
    blocks = context.solution.graph.blocks
    levels = [_level_of(blocks.of(quantity)) for quantity in quantities]
    return frozenset(row for row in range(1, len(levels)) if levels[row] != levels[row - 1])
