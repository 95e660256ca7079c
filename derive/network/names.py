"""Names in a problem that only its graph can tell: of quantities in rounding exceptions, of letters in the notation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from derive.errors import Diagnostic, InputError, UnplacedError
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role, scoped_names
from derive.problem.model import Problem
from derive.sources.validate import suggestion
from derive.writing.lines import Writer

_OF_THEIR_OWN = (Role.GIVEN, Role.FORWARD, Role.OPTIMIZER)
_FORMULAS = (Kind.ERROR, Kind.SQUARED_ERROR)
"""Kinds that a notation may write as their formula."""
MOST_COMPARED = 20_000
"""Quantities beyond which symbols are not compared: no page shows so many."""
_MOST_ENTRIES = 4
"""How many entries a hint names."""


def line_names(name: str, block: Block) -> tuple[str, ...]:
    """What a line may be called on a worksheet: by its own name, its block, or its block in every layer.

    Each with or without the step and the sample that it is of: `s1_2@n1`, `s1_2`, `s1@n1`, `s1`, `s@n1`, `s`.
    """
    return tuple(one for whole in (name, block.name, block.unlayered.name) for one in scoped_names(whole))


def require_names(problem: Problem, graph: Graph) -> None:
    """Raise `InputError` if two quantities have one name, or a rounding exception names one that there is not."""
    blocks = graph.blocks
    if len(blocks.by_name) < blocks.size:
        twice = next(name for name, count in Counter(blocks.names).items() if count > 1)
        raise InputError.single(f"two quantities would both be named {twice}: the layers cannot be told apart")
    if not problem.rounding.exceptions:
        return
    full = (*blocks.by_name, *(block.name for block in blocks.blocks))
    known = dict.fromkeys(shared for name in full for shared in scoped_names(name))
    wrong = [e.quantity for e in problem.rounding.exceptions if e.quantity is not None and e.quantity not in known]
    if wrong:
        raise InputError([Diagnostic(f"rounding: there is no quantity {name!r}{hint(name, known)}") for name in wrong])


def require_letters(problem: Problem, graph: Graph) -> None:
    """Raise `InputError` if the notation has a letter for something that the network does not have."""
    named = {b.letter or b.own_letter + b.tag for b in graph.blocks.blocks if b.letter or b.tag}
    named |= {b.own_letter + b.tag for b in graph.blocks.blocks if b.tag}
    known = dict.fromkeys([*(kind.value for kind in Kind), *sorted(named)])
    wrong = [name for name in problem.notation.letters if name not in known]
    if wrong:
        raise UnplacedError(
            [
                (("notation", "letters", name), f"no kind or quantity is named {name!r}{suggestion(name, known)}")
                for name in wrong
            ]
        )


def require_symbols(writer: Writer) -> None:
    """Raise `InputError` if the notation would write two quantities with one symbol."""
    blocks = writer.graph.blocks
    seen: dict[str, int] = {}
    for block in blocks.blocks:
        if block.role not in _OF_THEIR_OWN or block.kind in _FORMULAS or blocks.size > MOST_COMPARED:
            continue
        for quantity in block.ids:
            other = seen.setdefault(writer.symbol(quantity), quantity)
            if other != quantity:
                names = f"{blocks.names[other]} and {blocks.names[quantity]}"
                message = f"{names} would both be written {writer.symbol(quantity)}; choose another letter for one"
                raise UnplacedError([(("notation",), message)])


def hint(wanted: object, known: Mapping[str, object]) -> str:
    """`; did you mean X?` for the nearest known name, what a block holds, else where the names are listed."""
    name = _of_another_loss(str(wanted), known)
    if name != str(wanted):
        return f"; did you mean {name}?"
    is_block = name and not re.search(r"_\d+$", name)
    entries = [one for one in known if is_block and re.fullmatch(rf"{re.escape(name)}_?\d[\d,]*(@\w+)?", one)]
    if entries:
        return f": it is a block of {', '.join(entries[:_MOST_ENTRIES])}{', ...' * (len(entries) > _MOST_ENTRIES)}"
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else "; `derive formula FILE --list` shows the names"


def _of_another_loss(name: str, known: Mapping[str, object]) -> str:
    """A partial of a loss that is not there (`dL/dw11`) as the partial by the same quantity that is (`dJ/dw11`)."""
    above, slash, below = name.partition("/")
    losses = dict.fromkeys(one.partition("/")[0] for one in known if "/" in one) if slash and below else {}
    partials = [one for loss in losses if loss != above for one in known if fnmatchcase(one, f"{loss}/{below}*")]
    if any(fnmatchcase(one, f"{name}*") for one in known) or not partials:
        return name
    return partials[0].partition("/")[0] + f"/{below}"
