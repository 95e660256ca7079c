"""The Jinja environment: one set of delimiters in all formats, escaping by type, undefined names refused."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from derive.errors import DeriveError, Diagnostic, InputError
from derive.render.sandbox import Sandbox
from derive.render.template_files import (
    MARK,
    Refusals,
    TemplateFiles,
    defines_for_tex,
    files_of,
    is_built_in,
    is_strangers,
)

_DEEPEST = 8
"""How deep derive's definitions and strangers' templates may stand in one another."""


@dataclass(frozen=True)
class TemplateFormat:
    """What documents are written in: the ending of its templates, how a value is placed, the filters it has.

    `refusals` finds what a stranger's templates may not put into it. Where that `is_tex`, derive's own definitions are
    kept from strangers' templates.
    """

    ending: str
    finalize: Callable[..., object]
    filters: Mapping[str, Callable[..., object]]
    tests: Mapping[str, Callable[..., bool]]
    refusals: Refusals | None = None
    is_tex: bool = False


class Templates(Sandbox):
    """The sandbox of a document's templates, and what strangers' may not say; None where all are trusted."""

    refusals: Refusals | None = None


def environment(folders: Sequence[Path], format: TemplateFormat, *, trusted: bool = False) -> Templates:
    """The environment that finds a format's templates in `folders`, the first one first.

    What templates of folders that did not come with derive write is checked, unless they are `trusted`.
    """
    refusals = None if trusted or all(map(is_built_in, folders)) else format.refusals
    deferred = defines_for_tex(refusals) if refusals is not None and format.is_tex else None
    made = Templates(
        loader=TemplateFiles(folders, deferred=deferred),
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
    made.refusals = refusals
    made.filters.update(format.filters)
    made.tests.update(format.tests)
    return made


def render(made: Templates, templates: Sequence[str], **values: Any) -> str:
    """The first template that there is, filled. Raises `InputError` naming the template and line of a mistake in it."""
    made.start()
    text = _filled(made, templates, values)
    if made.refusals is None:
        return text
    _require_allowed(made, text)
    own = made.overlay(loader=TemplateFiles(files_of(made).folders, deferred=is_strangers))
    return _completed(text, (own, made), values, 0)


def _completed(text: str, turn: tuple[Templates, Templates], values: Mapping[str, Any], depth: int) -> str:
    """A text with what was deferred filled in: by the first environment; what is deferred there, by the other."""
    if depth > _DEEPEST:
        raise InputError.single("templates that include one another without an end", str(files_of(turn[0]).folders[0]))
    made, other = turn

    def fill(mark: Any) -> str:
        filled = _filled(made, [mark[1]], values)
        if depth % 2:
            _require_allowed(made, filled)
        return _completed(filled, (other, made), values, depth + 1)

    return MARK.sub(fill, text)


def _require_allowed(made: Templates, text: str) -> None:
    """Raise `InputError` for what strangers' templates may not put into a text."""
    found = files_of(made)
    refused = {one.word: one for one in made.refusals(text)} if made.refusals is not None else {}
    if refused:
        way = "docs/safety.md says what a style may say; --trust-style lets this one say anything"
        raise InputError(
            [Diagnostic(f"{one.word}: {one.reason}; {way}", found.origin(one.word)) for one in refused.values()]
        )


def _filled(made: Templates, templates: Sequence[str], values: Mapping[str, Any]) -> str:
    try:
        return made.select_template(list(templates)).render(**values)
    except DeriveError:
        raise
    except jinja2.TemplateSyntaxError as error:
        raise InputError([Diagnostic(str(error.message), error.filename or str(error.name), error.lineno)]) from error
    except jinja2.TemplateNotFound as error:
        place = _place(error)
        name = error.message if isinstance(error, jinja2.TemplatesNotFound) else error.name
        message = f"there is no template {error.name!r} to include" if place else f"the style has no template {name}"
        raise InputError.single(message, place) from error
    except RecursionError as error:
        raise InputError.single("this calls or includes itself without an end", _place(error)) from error
    except Exception as error:
        place = _place(error)
        if not place:
            raise
        raise InputError.single(_sentence(error), place) from error


def _sentence(error: Exception) -> str:
    text = str(error) or type(error).__name__
    if isinstance(error, jinja2.TemplateError):
        return text
    if isinstance(error, ZeroDivisionError):
        return "this divides by 0"
    return f"this cannot be worked out: {text}"


def _place(error: BaseException) -> str:
    """The innermost template and its line that an error comes from, one that is not derive's own before the others."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.endswith(".jinja")]
    own = [one for one in frames if not is_built_in(Path(one.filename).parent)]
    return next((f"{one.filename}:{one.lineno}" for one in reversed(own or frames)), "")
