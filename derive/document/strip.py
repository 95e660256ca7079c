"""The strip: the final answers of a problem on one page, in the order of what a marker needs first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType

from derive.document.context import Context
from derive.document.handout import Strip, StripPanel
from derive.document.model import Cell, Math
from derive.graph.quantity import Block, Kind, Role
from derive.network.solution import Round

MOST_ROWS = 44
"""Rows of a panel, its heads among them."""
WIDTH, SYMBOL, NUMBER, BETWEEN = 160.0, 24.0, 19.0, 6.0
"""Millimetres: the page, a symbol, a number, the space between panels."""
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
    room = _capacity(len(shown))
    taken: list[int] = []
    left: list[str] = []
    for name, quantities in levels.items():
        if left or len(taken) + len(quantities) > room:
            left.append(name)
            if not taken:
                taken += quantities[:room]
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


def _chunks(rounds: int) -> int:
    """Into how many runs the rounds are cut."""
    return -(-rounds // MOST_ROUNDS)


def _side_by_side(rounds: int) -> int:
    width = SYMBOL + NUMBER * min(rounds, MOST_ROUNDS)
    return int((WIDTH + BETWEEN) // (width + BETWEEN))


def _capacity(rounds: int) -> int:
    """How many quantities one page holds."""
    rows = MOST_ROWS // _chunks(rounds) - 2
    return _side_by_side(rounds) * max(1, rows)


def _panels(context: Context, quantities: Sequence[int], rounds: Sequence[Round]) -> list[StripPanel]:
    """The panels of the page, run of rounds by run; each as long as the others of its run."""
    beside = _side_by_side(len(rounds))
    length = max(1, -(-len(quantities) // beside))
    found = []
    for first in range(0, len(rounds), MOST_ROUNDS):
        run = rounds[first : first + MOST_ROUNDS]
        titles = tuple(context.locale.round_title.replace("<n>", str(round.number)) for round in run)
        for start in range(0, len(quantities), length):
            part = quantities[start : start + length]
            found.append(StripPanel(titles, tuple(_row(context, run, q) for q in part), _gaps(context, part)))
    return found


def _row(context: Context, run: Sequence[Round], quantity: int) -> tuple[Math, tuple[Cell | None, ...]]:
    """The symbol of a quantity and its numbers, with room for a minus where another number of the row has one."""
    symbol = context.symbol(quantity)
    numbers = [context.number(round, quantity) if quantity in round.equation_of else None for round in run]
    signed = any(number is not None and number.startswith("-") for number in numbers)
    cells = (n if n is None else Cell(symbol, n, padded=signed and not n.startswith("-")) for n in numbers)
    return symbol, tuple(cells)


def _level_of(block: Block) -> str:
    return next((name for name, takes in _LEVELS.items() if takes(block)), "")


def _gaps(context: Context, quantities: Sequence[int]) -> frozenset[int]:
    blocks = context.solution.graph.blocks
    levels = [_level_of(blocks.of(quantity)) for quantity in quantities]
    return frozenset(row for row in range(1, len(levels)) if levels[row] != levels[row - 1])
