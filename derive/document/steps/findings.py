"""What a round's numbers show: which way terms pull, which units are off, which parameters grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.activations import SWITCHES
from derive.document.context import Context
from derive.document.steps.chain_rule import ChainTerm, chain_rule
from derive.document.steps.reasons import Adjoint, Reason, is_catalogued, listed
from derive.graph.formula import Formula, Position, leaves
from derive.graph.quantity import Role
from derive.network.solution import Round
from derive.network.work import LADDER

_MOST_NAMED = 4
_ARITHMETIC = DecimalArithmetic(LADDER[0])


def backward_findings(context: Context, round: Round, step: Sequence[Adjoint]) -> Iterator[Reason]:
    """What the numbers of a step's adjoints show."""
    if step:
        yield from _pulls(context, round, step[0])
        yield from _off(context, round, step)


def _pulls(context: Context, round: Round, first: Adjoint) -> Iterator[Reason]:
    """Whether the two terms of a computed quantity pull together or against each other."""
    rule = chain_rule(context, context.ways, first.equation)
    given = context.solution.graph.blocks.of(first.quantity).role is Role.GIVEN
    if rule is None or len(rule.terms) != 2 or rule.more or given:
        return
    known = _known(context, round)
    worth = [number for number in (_worth(term, known) for term in rule.terms) if number]
    if len(worth) < 2:
        return
    negative = [number < 0 for number in worth]
    name = "both_negative" if all(negative) else "against_each_other" if any(negative) else "both_positive"
    pattern = getattr(context.locale.steps, name)
    yield Reason(name, context.phrase(pattern, quantity=context.symbol(first.quantity)), (first.quantity,))


def _worth(term: ChainTerm, known: Mapping[int, Decimal]) -> Decimal | None:
    """The number of a term; None where the key does not work one of its factors."""
    local = term.local()
    if term.adjoint is None or not {term.adjoint, *_quantities(local)} <= known.keys():
        return None
    found: Decimal = _ARITHMETIC.multiply([known[term.adjoint], compile_formula(local, _ARITHMETIC)(known)])
    return -found if term.negative else found


def _off(context: Context, round: Round, family: Sequence[Adjoint]) -> Iterator[Reason]:
    """Which units stop the gradient, being off."""
    known = _known(context, round)
    off = [one for one in family if _is_off(one, known)]
    if not off or len(off) > _MOST_NAMED:
        return
    words, label = context.locale.steps, off[0].uses[0].rule.label
    about = tuple(one.quantity for one in off)
    if len(off) == 1:
        quantity = off[0].quantity
        parts = {"quantity": context.symbol(quantity), "number": context.number(round, quantity)}
        yield Reason("off_unit", context.phrase(words.off_unit, function=label, **parts), about)
    else:
        quantities = listed(context, [context.symbol(quantity) for quantity in about])
        yield Reason("off_units", context.phrase(words.off_units, function=label, quantities=quantities), about)


def _is_off(one: Adjoint, known: Mapping[int, Decimal]) -> bool:
    """Whether all that goes on from a quantity goes through a unit whose derivative is 0."""
    if len(one.uses) != 1:
        return False
    use = one.uses[0]
    if use.rule.name not in SWITCHES or not is_catalogued(use):
        return False
    local = ChainTerm(one.quantity, use, None).local()
    return _quantities(local) <= known.keys() and bool(compile_formula(local, _ARITHMETIC)(known) == 0)


def _known(context: Context, round: Round) -> Mapping[int, Decimal]:
    """The numbers of a round, but for the hidden ones."""
    return {q: value.carried for q, value in round.values.items() if not context.is_hidden(round, q)}


def _quantities(formula: Formula) -> set[int]:
    return {leaf.index for leaf in leaves(formula) if isinstance(leaf, Position)}


def update_findings(context: Context, round: Round) -> Iterator[Reason]:
    """Which way the parameters go, where all go against their gradients."""
    moves = list(_moves(context, round))
    if not moves or any(not gradient or not move or (gradient < 0) == (move < 0) for gradient, move in moves):
        return
    grow = [gradient < 0 for gradient, _ in moves]
    name = "all_grow" if all(grow) else "each_against" if any(grow) else "all_shrink"
    yield Reason(name, context.phrase(getattr(context.locale.steps, name)))


def _moves(context: Context, round: Round) -> Iterator[tuple[Decimal, Decimal]]:
    """For each parameter that is updated, its gradient and by how much it changes; nothing where one is not worked.

    A hidden number counts as 0, of which nothing is said.
    """
    graph = context.solution.graph
    for block in context.solution.lowered.parameters:
        new, gradient = graph.blocks.derived(block, Role.UPDATED), graph.blocks.derived(block, Role.BACKWARD)
        if new is None or gradient is None:
            continue
        for quantity, now, slope in zip(block.ids, new.ids, gradient.ids, strict=True):
            if now in round.values and slope in round.values:
                before, after = round.values[quantity].carried, round.values[now].carried
                hidden = context.is_hidden(round, slope, quantity, now)
                yield (Decimal(0), Decimal(0)) if hidden else (round.values[slope].carried, after - before)
