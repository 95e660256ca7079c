"""What stands before the questions: the statement, the conditions, the figure, the data, the conventions."""

from __future__ import annotations

from derive.document.aids.convention_notes import convention_notes
from derive.document.aids.conventions import convention_remarks
from derive.document.aids.remarks import number_remarks
from derive.document.context import Context
from derive.document.data_table import data_table
from derive.document.document import DataTable, Exercise, Question
from derive.document.given import given_data, given_numbers, shown_numbers
from derive.document.mathematics import Rich
from derive.document.pictures.figure import exercise_figure
from derive.document.statement.statement import statement


def exercise(context: Context, asked: tuple[Question, ...]) -> Exercise:
    """The exercise of a problem; given numbers that the sections of its questions show may be left out."""
    shown, data = shown_numbers(asked), _data(context)
    stated = context.solution.problem.exercise
    conditions = tuple((letter(k), context.rich(text)) for k, text in enumerate(stated.conditions))
    return Exercise(
        number=stated.number,
        title=stated.title,
        points=points(context, stated.points, stated.worth),
        text=context.rich(stated.text),
        conditions=conditions,
        network=exercise_figure(context),
        data=data,
        given=(*(() if data else given_data(context, shown)), *given_numbers(context, shown)),
        statement=statement(context),
        remarks=_remarks(context, asked),
    )


def _data(context: Context) -> DataTable | None:
    """The table of the data; none for a single sample in rounds of arrays or a style that needs no table for it."""
    table = data_table(context)
    tabled = context.style.data_table and not context.works_arrays
    return table if table is not None and (tabled or len(table.rows) > 1) else None


def _remarks(context: Context, asked: tuple[Question, ...]) -> tuple[Rich, ...]:
    """The conventions that stand with the exercise: all, or those alone that the problem file states."""
    general = () if context.style.remarks == "end" else general_remarks(context, asked)
    remarks = (*general, *convention_remarks(context))
    return (context.sentences(*remarks),) if context.style.remarks == "paragraph" else remarks


def general_remarks(context: Context, asked: tuple[Question, ...]) -> tuple[Rich, ...]:
    """The conventions that decide on marks: how numbers are rounded and marked, then all others in one remark."""
    rounding, *others = number_remarks(context, asked)
    return rounding, context.sentences(*others, *convention_notes(context))


def letter(number: int) -> str:
    """A, B, ..., Z, AA, AB, ... for 0, 1, ..."""
    before, last = divmod(number, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def points(context: Context, count: str, worth: str) -> str:
    """How many points, and what they are worth, in words; empty without either."""
    words = context.locale
    parts = [context.counted(words.points, count, "<points>")] if count else []
    return words.comma.join([*parts, words.worth.replace("<worth>", worth)] if worth else parts)
