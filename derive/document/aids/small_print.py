"""The small print of a problem's pages: how to make them again, and how its partials were checked."""

from __future__ import annotations

from pathlib import PurePath

from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.version import VERSION


def small_print(context: Context, source: str, reproduction: tuple[Rich, ...] = ()) -> Rich:
    """What made the pages from which file in which look, and how closely the partials agree with the check.

    `reproduction` are further sentences without which the same pages cannot be made again, such as the seed of a draw.
    Nothing is said of the check where numbers are hidden.
    """
    problem, check, words = context.solution.problem, context.solution.check, context.locale
    made = context.phrase(
        words.made_from,
        version=VERSION,
        source=PurePath(source).name,
        style=PurePath(problem.style).name,
        notation=PurePath(problem.notation.base).name,
    )
    if context.hidden:
        return context.sentences(made, *reproduction)
    checked = context.phrase(
        words.provenance if check.checked == check.total else words.provenance_part,
        checked=str(check.checked),
        total=str(check.total),
        bound=Math(rf"10^{{{check.bound}}}"),
    )
    return context.sentences(made, *reproduction, checked)
