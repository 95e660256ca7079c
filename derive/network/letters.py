"""Letters that nothing has taken yet."""

from __future__ import annotations

from itertools import count

from derive.graph.builder import GraphBuilder


def free_letter(builder: GraphBuilder, letter: str) -> str:
    """The letter, with a number at its end where a block has that name: `lambda`, else `lambda2`."""
    taken = {block.name for block in builder.blocks}
    numbered = (f"{letter.rstrip('0123456789')}{number}" for number in count(2))
    return letter if letter not in taken else next(name for name in numbered if name not in taken)
