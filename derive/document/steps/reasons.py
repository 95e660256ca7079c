"""The reason for each step, found from the graph: which ways lead to the loss, what a derivative leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.catalog.activations import ACTIVATIONS
from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.graph.equations import Equation
from derive.graph.formula import ONE, Negative, Position, Product, Sum
from derive.graph.quantity import Kind, Role
from derive.graph.rule import Local

MOST_LISTED = 4
_WEIGHTS = (Kind.WEIGHT, Kind.KERNEL)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the name of its phrase, the phrase filled, and the quantities that it speaks of."""

    name: str
    text: Rich
    about: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjoint:
    """A worked adjoint: its equation, the quantity that it belongs to, and the ways from there to the loss."""

    equation: Equation
    quantity: int
    uses: tuple[Equation, ...]


def adjoint_of(context: Context, equation: Equation) -> Adjoint | None:
    """The adjoint that an equation works; None for another line, such as an update."""
    block = context.solution.graph.blocks.of(equation.output)
    if block.role is not Role.BACKWARD or block.of is None or block.is_own_gradient:
        return None
    quantity = block.of.first + equation.output - block.first
    return Adjoint(equation, quantity, context.ways.of(quantity))


def backward_reasons(context: Context, step: Sequence[Adjoint]) -> Iterator[Reason]:
    """The reasons for the adjoints of a step: how each reaches the loss, and what the derivatives leave."""
    blocks = context.solution.graph.blocks
    for alike in _by_ways(step):
        first = alike[0]
        inner = _folded_into(context, first)
        if inner is not None:
            yield from inner
        elif blocks.of(first.quantity).role is Role.GIVEN and not _is_node(context, first.quantity):
            yield from _parameter(context, first)
        else:
            yield from _ways(context, alike)
    yield from _joined(context, [reason for one in _by_rule(step) for reason in _slopes(context, one)])
    operands = {operand for one in step for operand in one.equation.operands}
    if any(blocks.of(operand).role is Role.UPDATED for operand in operands):
        yield _said(context, "new_weights")


def _by_ways(step: Sequence[Adjoint]) -> tuple[list[Adjoint], ...]:
    """The adjoints by the number of their ways."""
    found: dict[int, list[Adjoint]] = {}
    for one in step:
        found.setdefault(len(one.uses), []).append(one)
    return tuple(found.values())


def _by_rule(step: Sequence[Adjoint]) -> tuple[Adjoint, ...]:
    """The first adjoint of each rule."""
    return tuple({one.equation.rule: one for one in reversed(step)}.values())[::-1]


def _joined(context: Context, reasons: Sequence[Reason]) -> list[Reason]:
    """What is said of weights and of biases, in one sentence where both are there."""
    names = {reason.name for reason in reasons}
    if not {"weight_alone", "bias_alone"} <= names:
        return list(reasons)
    return [
        _said(context, "weight_and_bias"),
        *(reason for reason in reasons if reason.name not in ("weight_alone", "bias_alone")),
    ]


def _said(context: Context, name: str, about: tuple[int, ...] = (), **parts: object) -> Reason:
    return Reason(name, context.phrase(getattr(context.locale.steps, name), **parts), about)


def _is_node(context: Context, quantity: int) -> bool:
    return context.solution.graph.blocks.of(quantity).kind is Kind.NODE


def _folded_into(context: Context, first: Adjoint) -> tuple[Reason, ...] | None:
    """What is said of an adjoint into which that of its only use is written; None where nothing is folded."""
    if len(first.uses) != 1 or context.ways.is_root(first.uses[0]):
        return None
    use = first.uses[0]
    between = context.solution.lowered.graph.adjoint_of[use.output]
    if between in context.solution.graph.equation_of:
        return None
    following = context.ways.of(use.output)
    if not all(map(context.ways.is_root, following)):
        return tuple(_ways(context, [Adjoint(first.equation, use.output, following)]))
    if use.rule.label and not context.solution.lowered.graph.loss_is_stand_in:
        return (_said(context, "folded_start", (first.quantity,), function=use.rule.label),)
    return tuple(_ways(context, [Adjoint(first.equation, use.output, following)]))


def _ways(context: Context, family: Sequence[Adjoint]) -> Iterator[Reason]:
    """On how many ways a quantity reaches the loss."""
    first = family[0]
    quantity, symbol = first.quantity, context.symbol(first.quantity)
    users = [context.symbol(use.output) for use in first.uses]
    if first.uses and all(map(context.ways.is_root, first.uses)):
        yield _direct(context, family)
    elif len(users) == 1:
        yield _only_through(context, family)
    elif len(users) == 2:
        parts = {"quantity": symbol, "first": users[0], "second": users[1], "end": _end(context)}
        yield _said(context, "two_ways", (quantity,), **parts)
    elif users:
        parts = {"quantity": symbol, "n": str(len(users)), "first": users[0], "last": users[-1]}
        yield _said(context, "many_ways", (quantity,), **parts)


def _direct(context: Context, family: Sequence[Adjoint]) -> Reason:
    """That quantities stand in the loss itself; where their gradients are given, that they are."""
    about = tuple(one.quantity for one in family)
    symbols = listed(context, [context.symbol(quantity) for quantity in about[:MOST_LISTED]])
    if context.solution.lowered.graph.loss_is_stand_in:
        return _said(context, "given_gradient", about, quantities=symbols)
    users = {use.output for one in family for use in one.uses}
    if len(users) > 1 or len(about) > MOST_LISTED:
        symbols, users = Rich((context.symbol(about[0]),)), {family[0].uses[0].output}
    return _said(context, "direct", about, quantities=symbols, user=context.symbol(min(users)))


def _end(context: Context) -> Math | str:
    """What everything leads to: the loss, or by its symbol the last of equations."""
    graph = context.solution.lowered.graph
    if context.solution.graph.blocks.of(graph.loss).kind is Kind.NODE:
        return context.symbol(graph.loss)
    return context.locale.steps.the_loss


def _only_through(context: Context, family: Sequence[Adjoint]) -> Reason:
    """That each of a family has one way to the loss; of the first alone where others have more."""
    first = family[0]
    parts: dict[str, object] = {
        "quantity": context.symbol(first.quantity),
        "user": context.symbol(first.uses[0].output),
        "end": _end(context),
    }
    alike = all(len(one.uses) == 1 for one in family)
    if len(family) == 2 and alike:
        second = family[1]
        parts |= {"second": context.symbol(second.quantity), "other": context.symbol(second.uses[0].output)}
        return _said(context, "only_through_two", (first.quantity, second.quantity), **parts)
    if len(family) > 2 and alike:
        return _said(context, "only_through_many", tuple(one.quantity for one in family), **parts)
    return _said(context, "only_through", (first.quantity,), **parts)


def _parameter(context: Context, first: Adjoint) -> Iterator[Reason]:
    """Why a parameter's gradient has as many terms as it has."""
    graph = context.solution.lowered.graph
    blocks = graph.blocks
    own = [use for use in first.uses if use.output != graph.roots.total or len(first.uses) == 1]
    parts = {"quantity": context.symbol(first.quantity), "n": str(len(own))}
    about = (first.quantity,)
    if len(own) > 1:
        samples = {blocks.of(use.output).sample for use in own}
        steps = {blocks.of(use.output).time for use in own}
        if len(samples) == len(own) and graph.roots.samples:
            yield _said(context, "averaged" if graph.roots.gradient_divisor > 1 else "shared_samples", about, **parts)
        elif len(steps) == len(own):
            yield _said(context, "shared_steps", about, **parts)
        else:
            yield _said(context, "shared", about, **parts)
    if len(own) < len(first.uses):
        yield _said(context, "penalty", about, **parts)


def _slopes(context: Context, first: Adjoint) -> Iterator[Reason]:
    """What the derivative of the equations that use a quantity leaves; only where they all are of one rule."""
    if len({use.rule.name for use in first.uses}) != 1:
        return
    use = first.uses[0]
    phrases = context.locale.steps.slopes
    if use.rule.name in phrases and is_catalogued(use):
        yield Reason(f"slope of {use.rule.name}", context.phrase(phrases[use.rule.name], **_slots(context, use)))
        return
    locals_ = _locals(use, first.quantity)
    if _are_factors(context, use, locals_):
        yield from _weighted(context, first, use)
    elif locals_ and all(isinstance(local.formula, Position) for local, _ in locals_) and _is_product(use):
        yield _said(context, "product_swaps")
    elif _is_sum(use):
        yield _said(context, "sum_passes")


def is_catalogued(use: Equation) -> bool:
    """Whether a rule is the catalog's own: an author's activation may bear the name of another."""
    rule = use.rule.rule
    if rule is None or rule.slots != ("s",):
        return rule is not None
    known = ACTIVATIONS.get(rule.name)
    return rule.groups != frozenset() or (
        known is not None and rule.text in {known.at_zero(convention).rule.text for convention in (0, 1)}
    )


def _slots(context: Context, use: Equation) -> dict[str, Math]:
    """The symbol of each slot of a rule whose slots do not repeat."""
    rule = use.rule.rule
    if rule is None or rule.groups:
        return {}
    return {slot: context.symbol(operand) for slot, operand in zip(rule.slots, use.operands, strict=True)}


def _locals(use: Equation, quantity: int) -> list[tuple[Local, tuple[int, ...]]]:
    pairs = zip(use.operands, use.rule.locals, strict=True)
    return [
        (local, tuple(use.mentioned[p] for p in mentions))
        for operand, (local, mentions) in pairs
        if operand == quantity
    ]


def _are_factors(context: Context, use: Equation, locals_: Sequence[tuple[Local, tuple[int, ...]]]) -> bool:
    """Whether a use is a sum of weights times inputs, and what is left of it a weight, an input or 1."""
    blocks = context.solution.graph.blocks
    weighted = any(blocks.of(operand).kind in _WEIGHTS for operand in use.operands)
    return weighted and all(isinstance(local.formula, Position) or not local.arity for local, _ in locals_)


def _weighted(context: Context, first: Adjoint, use: Equation) -> Iterator[Reason]:
    """Of a weighted sum: by its input the weight is left, by a weight its input, by the bias 1."""
    blocks = context.solution.graph.blocks
    kind = blocks.of(first.quantity).kind
    left = [q for _, mentioned in _locals(use, first.quantity) for q in mentioned]
    symbol = context.symbol(first.quantity)
    if kind in _WEIGHTS:
        yield _said(context, "weight_alone", (first.quantity,))
    elif kind is Kind.BIAS:
        if all(local.formula == ONE for local, _ in _locals(use, first.quantity)):
            yield _said(context, "bias_alone", (first.quantity,))
    elif left and all(blocks.of(q).kind in _WEIGHTS for q in left):
        parts = {"user": context.symbol(use.output), "quantity": symbol}
        yield _said(context, "edge_weight", (first.quantity, use.output), **parts)


def _is_product(use: Equation) -> bool:
    formula = use.rule.formula
    return isinstance(formula, Product) and all(isinstance(factor, Position) for factor in formula.factors)


def _is_sum(use: Equation) -> bool:
    formula = use.rule.formula
    return isinstance(formula, Sum) and all(
        isinstance(term, Position) and not isinstance(term, Negative) for term in formula.terms
    )


def forward_reasons(context: Context, step: Sequence[Equation]) -> Iterator[Reason]:
    """What the equations of a step do, where the catalog's rule has a phrase."""
    phrases = context.locale.steps.forward_rules
    for one in {equation.rule.name: equation for equation in reversed(step)}.values():
        if one.rule.name in phrases and is_catalogued(one):
            yield Reason(f"step of {one.rule.name}", context.phrase(phrases[one.rule.name], **_slots(context, one)))


def listed(context: Context, symbols: Sequence[Math]) -> Rich:
    """Symbols one after another: `a`, `a and b`, `a, b and c`."""
    parts: list[str | Math] = []
    for place, symbol in enumerate(symbols):
        if place:
            parts.append(context.locale.and_ if place == len(symbols) - 1 else context.locale.comma)
        parts.append(symbol)
    return Rich(tuple(parts))
