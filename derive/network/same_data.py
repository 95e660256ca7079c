"""Which rounds of a solution take the same data: only their losses can be compared."""

from __future__ import annotations

from derive.network.solution import Solution


def rounds_of_same_data(solution: Solution) -> tuple[tuple[int, ...], ...]:
    """The numbers of the rounds with the same inputs, targets and changing constants, in order of their first rounds.

    The learning rate and the number of the round are no data.
    """
    lowered = solution.lowered
    aside = {block.first for block in (lowered.rate, lowered.counter) if block is not None}
    found: dict[frozenset[tuple[int, object]], list[int]] = {}
    for number, sample in enumerate(solution.plan.samples, 1):
        data = frozenset((quantity, value) for quantity, value in sample.items() if quantity not in aside)
        found.setdefault(data, []).append(number)
    return tuple(map(tuple, found.values()))
