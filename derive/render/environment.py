"""The Jinja environment: one set of delimiters in all formats, escaping by type, undefined names refused."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from derive.errors import InputError


@dataclass(frozen=True)
class Format:
    """What documents are written in: the ending of its templates, how a value is placed, the filters it has."""

    ending: str
    finalize: Callable[..., object]
    filters: Mapping[str, Callable[..., object]]
    tests: Mapping[str, Callable[..., bool]]


def environment(folders: Sequence[Path], format: Format) -> jinja2.Environment:
    """The environment that finds a format's templates in `folders`, the first one first."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=format.finalize,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(format.filters)
    made.tests.update(format.tests)
    return made


def render(made: jinja2.Environment, templates: Sequence[str], **values: Any) -> str:
    """The first template that there is, filled. Raises `InputError` naming the template and line of a mistake in it."""
    try:
        return made.select_template(templates).render(**values)
    except jinja2.TemplateNotFound as error:
        raise InputError.single(f"the style has no template {error.name}") from error
    except jinja2.TemplateSyntaxError as error:
        raise InputError.single(f"{error.message}", f"{error.filename}:{error.lineno}") from error
    except jinja2.UndefinedError as error:
        raise InputError.single(f"{error.message}", _place(error)) from error


def _place(error: jinja2.UndefinedError) -> str:
    """The innermost template and its line that an error comes from; Jinja has put them into the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return next(f"{one.filename}:{one.lineno}" for one in reversed(frames) if one.filename.endswith(".jinja"))
