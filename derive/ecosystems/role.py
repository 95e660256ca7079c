"""What the role asks for: one formula in a line of text, as `homework.yaml dL/dw11 value 2`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from derive.api.solution import Solution
from derive.document.formulas import FORMS, SIDES, USUAL
from derive.ecosystems.parts import inline
from derive.errors import InputError
from derive.sources.validate import suggestion

EXPECTED = "expected a problem file, a name and, where wanted, a form, a round, a side: homework.yaml dL/dw11 value 2"


@dataclass(frozen=True, slots=True)
class Mention:
    """One formula of a problem file: its name, its form, its round, and which side of it is written."""

    file: str
    name: str
    forms: tuple[str, ...] = USUAL
    round: int = 1
    side: str = "right"

    def latex(self, solution: Solution) -> str:
        """Its LaTeX. Raises `InputError` and `FormulaError` as a solution's formulas do."""
        return inline(solution.formula(self.name, self.forms, self.round), self.side)


def mention(text: str) -> Mention:
    """What the text of a role asks for. Raises `InputError` for anything else."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError.single(f"{EXPECTED} ({error})") from error
    if len(words) < 2:
        raise InputError.single(EXPECTED)
    file, name, *others = words
    found = Mention(file, name)
    for word in others:
        found = _with(found, word)
    return found


def _with(found: Mention, word: str) -> Mention:
    if word.isdecimal():
        return replace(found, round=int(word))
    if word in SIDES:
        return replace(found, side=word)
    forms = tuple(word.split(","))
    wrong = [form for form in forms if form not in FORMS]
    if wrong:
        raise InputError.single(f"unknown form or side {wrong[0]!r}{suggestion(wrong[0], (*FORMS, *SIDES))}")
    return replace(found, forms=forms)
