"""The Jinja environment: one set of delimiters in all formats, escaping by type, undefined names refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from derive.document.model import Blank, Math, Rich
from derive.errors import InputError
from derive.render.escape import escape
from derive.render.tikz import paint


def to_latex(value: Any) -> Markup:
    """A value as LaTeX, by its type: text is escaped; mathematics and what templates made pass."""
    if isinstance(value, Rich):
        return Markup("".join(f"${part}$" if isinstance(part, Math) else escape(part) for part in value.parts))
    if isinstance(value, Blank):
        return Markup(rf"\room {value}")
    if isinstance(value, (Math, Markup, jinja2.Undefined)):
        return Markup(str(value))
    if isinstance(value, str):
        return Markup(escape(value))
    if isinstance(value, int):
        return Markup(str(value))
    raise TypeError(f"a template places text or mathematics, not {type(value).__name__}")


def environment(folders: Sequence[Path]) -> jinja2.Environment:
    """The environment that finds templates in `folders`, the first one first."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=to_latex,
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
    made.filters["picture"] = lambda drawing: Markup(paint(drawing))
    made.tests["room"] = lambda value: isinstance(value, Blank)
    made.tests["open"] = lambda row: all(isinstance(one.rows[0].text, Blank) for one in row if one is not None)
    made.filters["mm"] = lambda length: Markup(f"{length:.2f}mm")
    made.filters["scale"] = lambda factor: Markup(f"{factor:.4f}")
    made.tests["mathematics"] = lambda value: isinstance(value, Math)
    made.filters["breakable"] = lambda pieces: all(isinstance(piece, Math) for piece in pieces)
    return made


def render(made: jinja2.Environment, template: str, **values: Any) -> str:
    """The template filled. Raises `InputError` naming the template and line of a mistake in it."""
    try:
        return made.get_template(template).render(**values)
    except jinja2.TemplateNotFound as error:
        raise InputError.single(f"the style has no template {error.name}") from error
    except jinja2.TemplateSyntaxError as error:
        raise InputError.single(f"{error.message}", f"{error.filename}:{error.lineno}") from error
    except jinja2.UndefinedError as error:
        raise InputError.single(f"template {template}: {error.message}") from error
