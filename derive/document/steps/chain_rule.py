"""The chain rule spelled out: an adjoint as the sum, over the uses of its quantity, of adjoint times local partial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.document.context import Context
from derive.document.mathematics import Answer
from derive.graph.equations import Equation
from derive.graph.formula import ONE, Formula, Number, Quotient, add
from derive.graph.graph import Ways
from derive.graph.quantity import Role
from derive.graph.rule import renumber
from derive.writing.notation import fill
from derive.writing.template import Context as Place
from derive.writing.template import formula_template

MOST_TERMS = 6
"""A sum of more terms is written with dots before the last."""


@dataclass(frozen=True, slots=True)
class ChainTerm:
    """What one use of a quantity contributes to its adjoint.

    `adjoint` is that of the use's result, None for a loss itself. `inner` spells it out where the key does not work
    it, with the sign of the whole. A `negative` term is subtracted, where one of the two adjoints is minus a partial.
    """

    quantity: int
    use: Equation
    adjoint: int | None
    negative: bool = False
    inner: ChainRule | None = None

    def local(self) -> Formula:
        """The local partial, over quantities: the sum of those by each place where the use mentions the quantity."""
        parts = []
        for operand, (local, mentions) in zip(self.use.operands, self.use.rule.locals, strict=True):
            if operand == self.quantity:
                parts.append(renumber(local.formula, dict(enumerate(self.use.mentioned[p] for p in mentions))))
        return add(tuple(parts))


@dataclass(frozen=True, slots=True)
class ChainRule:
    """The adjoint of a quantity: the terms over `divisor`, and those that the total adds by itself."""

    quantity: int
    terms: tuple[ChainTerm, ...]
    divisor: int = 1
    more: tuple[ChainTerm, ...] = ()

    @property
    def is_direct(self) -> bool:
        """Whether the quantity is used by losses alone, so that there is nothing to chain."""
        return all(term.adjoint is None for term in (*self.terms, *self.more))


def chain_rule(context: Context, ways: Ways, equation: Equation) -> ChainRule | None:
    """The chain rule behind a worked adjoint; None where nothing is chained or the line is put together otherwise."""
    graph = context.solution.graph
    block = graph.blocks.of(equation.output)
    if block.of is None or block.role is not Role.BACKWARD or block.is_own_gradient:
        return None
    roles = {graph.blocks.of(operand).role for operand in equation.operands}
    if Role.UPDATED in roles or any(graph.blocks.of(q).is_own_gradient for q in equation.operands):
        return None
    quantity = block.of.first + equation.output - block.first
    found = _rule(context, ways, quantity, negative=block.negative)
    return None if found.is_direct else found


def _rule(context: Context, ways: Ways, quantity: int, *, negative: bool) -> ChainRule:
    lowered = context.solution.lowered.graph
    block, roots = lowered.blocks.of(quantity), lowered.roots
    terms: list[ChainTerm] = []
    more: list[ChainTerm] = []
    for use in ways.of(quantity):
        divided = roots.divides(block, use.output)
        (terms if divided else more).append(_term(context, ways, quantity, use, negative=negative))
    return ChainRule(quantity, tuple(terms), roots.divisor, tuple(more)) if terms else ChainRule(quantity, tuple(more))


def _term(context: Context, ways: Ways, quantity: int, use: Equation, *, negative: bool) -> ChainTerm:
    if ways.is_root(use):
        return ChainTerm(quantity, use, None, negative)
    worked = context.solution.graph.equation_of
    adjoint = context.solution.lowered.graph.adjoint_of[use.output]
    turned = context.solution.graph.blocks.of(adjoint).negative
    if adjoint not in worked:
        inner = _rule(context, ways, use.output, negative=negative)
        if not inner.is_direct:
            return ChainTerm(quantity, use, adjoint, inner=inner)
    return ChainTerm(quantity, use, adjoint, negative != turned)


def chain_text(context: Context, rule: ChainRule) -> str:
    """The chain rule in the notation of the key."""
    inside = _sum(context, rule.terms)
    if rule.divisor > 1 and rule.terms:
        whole = inside if len(rule.terms) == 1 else f"({inside})"
        share = formula_template(Quotient(ONE, Number(str(rule.divisor))), context.writer.dialects.names)
        inside = f"{share.fill((), context.writer.symbols)}{_times(context)}{whole}"
    if not rule.more:
        return inside
    return _sum(context, rule.more, inside)


def chain_answer(context: Context, ways: Ways, equation: Equation) -> Answer | None:
    """The chain rule behind a worked adjoint as an answer; None where nothing is chained."""
    rule = chain_rule(context, ways, equation)
    return None if rule is None else context.answer(chain_text(context, rule), equation.output, facet="formula")


def _sum(context: Context, terms: tuple[ChainTerm, ...], before: str = "") -> str:
    """The terms after each other; of very many, the first ones and the last."""
    text = before
    for term in terms if len(terms) <= MOST_TERMS else (*terms[: MOST_TERMS - 2], None, terms[-1]):
        if term is None:
            text += f" + {context.writer.dialects.names.ellipsis}"
            continue
        written = _written(context, term, leading=not text)
        text += f" - {written}" if term.negative and text else f" + {written}" if text else written
    return text


def _written(context: Context, term: ChainTerm, *, leading: bool) -> str:
    minus = "-" if term.negative and leading else ""
    if term.adjoint is None:
        dialect = context.inline_writer.dialects.names
        place = Place.AFTER_MINUS if term.negative else Place.START if leading else Place.AFTER_PLUS
        printed = formula_template(term.local(), dialect, place)
        return minus + printed.fill(range(context.solution.lowered.graph.blocks.size), context.inline_writer.symbols)
    adjoint: str = context.symbol(term.adjoint)
    if term.inner is not None:
        adjoint = chain_text(context, term.inner)
        adjoint = f"({adjoint})" if len(term.inner.terms) > 1 else adjoint
    return f"{minus}{adjoint}{_times(context)}{local_symbol(context, term)}"


def _times(context: Context) -> str:
    return context.notation.products.names


def local_symbol(context: Context, term: ChainTerm) -> str:
    """The symbol of a term's local partial."""
    of, by = context.symbol(term.use.output), context.symbol(term.quantity)
    return fill(context.notation.local_derivative, of=of, by=by)


def chain_terms(rule: ChainRule) -> Iterator[ChainTerm]:
    """All terms of a chain rule, those of the inner ones included."""
    for term in (*rule.terms, *rule.more):
        yield term
        if term.inner is not None:
            yield from chain_terms(term.inner)
