"""The lines of a script: for each variable the expression that gives it, from the equations of its quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derive.errors import FormulaError
from derive.exports.pytorch.locating import Locator
from derive.exports.pytorch.pieces import Piece, exactly
from derive.exports.pytorch.rules import Use, expression
from derive.graph.equations import Equation
from derive.graph.rule import Rule, SizedRule
from derive.graph.tensor import Tensor


@dataclass(frozen=True)
class Printing:
    """What every line needs: the equations by what they give, what is known, whose gradients are wanted."""

    equations: Mapping[int, Equation]
    locator: Locator
    at_zero: int
    wanted: Sequence[bool]
    """Which quantities depend on something that is differentiated by."""

    def value(self, result: Tensor) -> Piece:
        """The expression of an array whose entries have equations, with all of its axes.

        Entries of one rule are worked at once, others one after another. Raises `FormulaError` for what PyTorch has
        no operation for.
        """
        every = tuple(range(len(result.shape)))
        use = self._use(result)
        if use is not None:
            try:
                found = expression(use, self.locator, self.at_zero)
            except FormulaError:
                if not result.shape:
                    raise
            else:
                return found if found.number else exactly(found, every, dict(enumerate(result.shape)))
        parts = [self.value(Tensor(part.ids, part.shape)) for part in result]
        texts = ", ".join(f"torch.tensor(float({one.text}))" if one.number else one.text for one in parts)
        return Piece(f"torch.stack([{texts}])", axes=every)

    def _use(self, result: Tensor) -> Use | None:
        """The rule of all entries with its arrays; None where they have several rules."""
        equations = [self.equations[quantity] for quantity in result.ids]
        first = equations[0].rule
        if first.rule is None:
            raise FormulaError(f"the script has no operation for {first.name}")
        if any(not _alike(equation.rule, first) for equation in equations):
            return None
        rule, size = first.rule, first.size
        places = _places(rule, size)
        own, members = {}, {}
        for slot in rule.slots:
            start = places[slot]
            if slot in rule.groups:
                ids = [q for equation in equations for q in equation.operands[start : start + size]]
                members[slot] = Tensor(ids, (*result.shape, size))
            if slot not in rule.groups or first.member is not None:
                own[slot] = Tensor(
                    [e.operands[start + (e.rule.member or 0 if slot in rule.groups else 0)] for e in equations],
                    result.shape,
                )
        detached = frozenset(
            slot for slot in rule.detached if any(self.wanted[q] for q in (members.get(slot) or own[slot]).ids)
        )
        return Use(rule, result.shape, size, own, members, detached)


def _alike(one: SizedRule, other: SizedRule) -> bool:
    if one.rule is None or other.rule is None or one.size != other.size:
        return False
    return one.rule is other.rule or one.rule.formula == other.rule.formula


def _places(rule: Rule, size: int) -> dict[str, int]:
    """The place of each slot's first operand."""
    found, place = {}, 0
    for slot in rule.slots:
        found[slot] = place
        place += size if slot in rule.groups else 1
    return found
