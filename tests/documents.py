"""Documents of the gallery, and the mathematics that stands in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache

from conftest import solution_of

from derive.document.build import Edition, build
from derive.document.document import Document
from derive.document.locale import locale
from derive.document.model import Math
from derive.document.style import style
from derive.render.html import to_html_document


@cache
def document_of(name: str, **changes: object) -> Document:
    solution = solution_of(name, **changes)
    problem = solution.problem
    return build(Edition.of(solution, f"{name}.yaml"), style(problem.style).style, locale(problem.language))


@cache
def page_of(name: str, **changes: object) -> str:
    return to_html_document(solution_of(name, **changes), f"{name}.yaml")


def mathematics(value: object) -> Iterator[Math]:
    """Every formula in a document, in order; labels of drawings are left out."""
    if isinstance(value, Math):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from mathematics(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from mathematics(one)
