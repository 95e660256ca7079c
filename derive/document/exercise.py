"""What stands before the questions: the statement, the conditions, the figure, the data, the conventions."""

from __future__ import annotations

from derive.document.aids.convention_notes import convention_notes
from derive.document.aids.conventions import convention_remarks
from derive.document.aids.remarks import number_remarks
from derive.document.context import Context
from derive.document.data_table import data_table
from derive.document.document import Exercise
from derive.document.given import given_numbers
from derive.document.mathematics import Rich
from derive.document.pictures.figure import exercise_figure


def exercise(context: Context) -> Exercise:
    """The exercise of a problem."""
    stated = context.solution.problem.exercise
    conditions = tuple((letter(k), context.rich(text)) for k, text in enumerate(stated.conditions))
    general = general_remarks(context) if context.style.remarks == "exercise" else ()
    remarks = (*general, *convention_remarks(context))
    return Exercise(
        number=stated.number,
        title=stated.title,
        points=points(context, stated.points, stated.worth),
        text=context.rich(stated.text),
        conditions=conditions,
        network=exercise_figure(context),
        data=data_table(context) if context.style.data_table else None,
        given=given_numbers(context) if context.style.given_numbers else (),
        remarks=remarks,
    )


def general_remarks(context: Context) -> tuple[Rich, ...]:
    """The conventions that decide on marks: how numbers are rounded and marked, then all others in one remark."""
    rounding, *others = number_remarks(context)
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
