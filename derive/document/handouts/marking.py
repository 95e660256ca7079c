"""A document with marks beside its lines: each answer earns something once in a question."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import singledispatch
from typing import Any

from derive.document.context import Context
from derive.document.document import Question
from derive.document.handouts.blank_places import carried
from derive.document.handouts.handout import MarksLine
from derive.document.handouts.marks import MarkedLine, marks_text, shared_marks
from derive.document.locale import Locale
from derive.document.mathematics import Answer, Marked, Math, Place, Rich
from derive.document.model import Cell, FunctionRow, LossPlot, Matrix, MatrixLine, NumberTable, WorkedLine
from derive.document.pictures.geometry import Anchor, Drawing, Ink, Label
from derive.document.pictures.plot import HEIGHT, WIDTH
from derive.document.text import phrase
from derive.document.walk import rebuilt
from derive.graph.formula import Position, formula_shape, leaves
from derive.graph.quantity import Role
from derive.problem.question import Question as Asked

NO_MARKS = ""
Take = Callable[[tuple[Answer, ...]], str]
"""What the line of some answers earns, as text; empty for nothing."""
PLOT = Answer("", "the plot")
"""Stands for a plot among the answers."""


def marked_questions(questions: Sequence[Question], asked: Sequence[Asked], context: Context) -> tuple[Question, ...]:
    """The questions of a problem with their marks, each number and formula marked where it is first worked.

    A question that only repeats earlier ones is marked as if it stood alone. Raises `UnplacedError` where the marks of
    a question do not add up to its points.
    """
    found = []
    earlier: set[tuple[str, int, str]] = set()
    for index, (question, stated) in enumerate(zip(questions, asked, strict=True)):
        lines = _lines(question, context, earlier)
        found.append(_marked_question(question, stated, index, lines if lines.found else _lines(question, context, ())))
        earlier |= lines.seen
    return tuple(found)


def _lines(question: Question, context: Context, earlier: Iterable[tuple[str, int, str]]) -> _Lines:
    lines = _Lines(context, seen=set(earlier))
    marked(question.sections, lines.note)
    return lines


def _marked_question(question: Question, asked: Asked, index: int, lines: _Lines) -> Question:
    """A question with its marks and their sum."""
    shared = shared_marks(asked, tuple(lines.found.values()), ("questions", index))
    if not shared:
        return question
    left = {key: marks_text(marks) for key, marks in shared.items()}
    sections = marked(question.sections, lambda answers: left.pop(lines.key(answers), NO_MARKS))
    words = lines.context.locale
    total = words.marks_sum.replace("<sum>", marks_text(sum(shared.values(), Fraction(0))))
    if not question.title:
        return replace(question, sections=(*sections, MarksLine(Rich((total,)))))
    return replace(question, sections=sections, points=scored(question, total, words))


def scored(question: Question, gained: str | Math, words: Locale) -> Rich:
    """The points of a question behind what is gained of them; that alone where it has none."""
    before = question.points.removesuffix(question.score) if isinstance(question.points, str) else ""
    if not question.score:
        return Rich(tuple(part for part in (before, "\N{EM SPACE}" if before else "", gained) if part))
    return Rich((before, *phrase(words.scored, room=gained, points=question.score).parts))


@dataclass
class _Lines:
    """The lines of a question that earn marks, gathered in one walk over it."""

    context: Context
    found: dict[object, MarkedLine] = field(default_factory=dict)
    seen: set[tuple[str, int, str]] = field(default_factory=set)
    carried: Mapping[Place, Place] = field(init=False)

    def __post_init__(self) -> None:
        self.carried = carried(self.context.solution)

    def key(self, answers: tuple[Answer, ...]) -> object:
        """What tells a line from others: its places; of what the trace does not have, the answer itself."""
        named = tuple((one.name, one.round, one.facet) for one in answers if one.name)
        return named or id(answers[-1])

    def note(self, answers: tuple[Answer, ...]) -> str:
        """Remember a line, unless all of it was worked before."""
        own = {(one.name, one.round, one.facet) for one in answers if one.name}
        new = {place for place in own if place not in self.seen and place[:2] not in self.carried}
        if new or not own:
            key = self.key(answers)
            self.found[key] = MarkedLine(key, self._role(answers), self._weight(answers), self._kind(answers))
        self.seen |= own
        return NO_MARKS

    def _quantity(self, answers: tuple[Answer, ...]) -> int | None:
        known = self.context.solution.graph.blocks.by_name
        return next((known[one.name] for one in reversed(answers) if one.name in known), None)

    def _role(self, answers: tuple[Answer, ...]) -> Role:
        quantity = self._quantity(answers)
        if quantity is None:
            return Role.FORWARD if answers == (PLOT,) else Role.BACKWARD
        return self.context.solution.graph.blocks.of(quantity).role

    def _kind(self, answers: tuple[Answer, ...]) -> Hashable:
        """What lines of equal work have in common: facets and shapes of what they work; None for no quantity."""
        graph = self.context.solution.graph
        known = [(one.facet, graph.blocks.by_name[one.name]) for one in answers if one.name in graph.blocks.by_name]
        shapes = []
        for facet, quantity in known:
            equation = graph.equation_of.get(quantity)
            role = graph.blocks.of(quantity).role
            shapes.append((facet, role, None if equation is None else formula_shape(equation.rule.formula)))
        return tuple(sorted(set(shapes), key=repr)) or None

    def _weight(self, answers: tuple[Answer, ...]) -> int:
        """How much there is to put in: the functions of a closed form, else the names or numbers of a right side."""
        closed = max((len(one.mentions) for one in answers if one.facet == "closed form"), default=0)
        quantity = self._quantity(answers)
        equation = None if quantity is None else self.context.solution.graph.equation_of.get(quantity)
        names = 0 if equation is None else sum(isinstance(one, Position) for one in leaves(equation.rule.formula))
        return max(1, names, closed)


@singledispatch
def marked(node: Any, take: Take) -> Any:
    """Any part of a document with marks beside the answers in it."""
    return rebuilt(node, lambda one: marked(one, take))


@marked.register
def _answer(node: Answer, take: Take) -> Math:
    return _with_marks(node, take) if node.facet == "value" else node


def _with_marks(text: Math, take: Take) -> Math:
    marks = take((text,)) if isinstance(text, Answer) else NO_MARKS
    return Marked(text, marks) if marks else text


@marked.register
def _cell(node: Cell, take: Take) -> Cell:
    return replace(node, number=_with_marks(node.number, take))


@marked.register
def _function(node: FunctionRow, take: Take) -> FunctionRow:
    return replace(node, formula=_with_marks(node.formula, take))


@marked.register
def _worked_line(node: WorkedLine, take: Take) -> WorkedLine:
    return replace(node, result=_with_marks(node.result, take))


@marked.register
def _matrix_line(node: MatrixLine, take: Take) -> MatrixLine:
    """One line, whatever it holds: marks stand at its end, for what its last parts give."""
    last = node.parts[-1]
    texts = [entry.text for row in last.rows for entry in row] if isinstance(last, Matrix) else [last]
    answers = tuple(text for text in texts if isinstance(text, Answer))
    marks = take(answers) if answers else NO_MARKS
    return replace(node, parts=(*node.parts, Marked(Math(""), marks))) if marks else node


@marked.register
def _number_table(node: NumberTable, take: Take) -> NumberTable:
    rows = []
    for row in node.rows:
        answers = tuple(one for one in row if isinstance(one, Answer))
        marks = take(answers) if answers else NO_MARKS
        places = [place for place, one in enumerate(row) if isinstance(one, Answer)]
        rows.append(
            tuple(Marked(Math(one), marks) if marks and place == places[-1] else one for place, one in enumerate(row))
        )
    return replace(node, rows=tuple(rows))


@marked.register
def _loss_plot(node: LossPlot, take: Take) -> LossPlot:
    """The curve earns marks beside the numbers."""
    marks, columns = take((PLOT,)), marked(node.columns, take)
    drawing = node.drawing
    label = Label(WIDTH + 2, HEIGHT, f"({marks})", math=False, anchor=Anchor.RIGHT, ink=Ink.QUIET)
    shapes = (*drawing.shapes, label) if marks else drawing.shapes
    return replace(node, drawing=replace(drawing, shapes=shapes), columns=columns)


@marked.register
def _drawing(node: Drawing, take: Take) -> Drawing:
    """A drawing repeats what lines work."""
    del take
    return node
