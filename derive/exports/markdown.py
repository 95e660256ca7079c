"""A solution as Markdown, in the flavour of GitHub, of MyST or of Quarto; its drawings as files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derive.document.build import Edition
from derive.exports.flavour import USUAL_MARKDOWN, markdown_flavour
from derive.exports.flow import flow, tidy
from derive.exports.markdown_writing import picture_beside, writing
from derive.network.solution import Solution


@dataclass(frozen=True)
class Markdown:
    """Markdown text, how the name of its file ends, and its pictures: SVG text by file name."""

    text: str
    ending: str
    pictures: Mapping[str, str]


def to_markdown_document(solution: Solution, source: str, name: str = USUAL_MARKDOWN, kind: str = "key") -> Markdown:
    """A solution as Markdown of the flavour `name`.

    `source` is the name of its problem file, which labels and names of pictures begin with. Raises `InputError` for an
    unknown flavour or kind.
    """
    return to_markdown(Edition.of(solution, source, kind), name)


def to_markdown(edition: Edition, name: str = USUAL_MARKDOWN) -> Markdown:
    """An edition as Markdown of the flavour of that name, or in that folder. Raises `InputError` for an unknown one."""
    chosen = markdown_flavour(name)
    made = flow(edition, writing(chosen, picture_beside))
    return Markdown(tidy(made.written("document")), chosen.stated.ending, MappingProxyType(made.pictures))
