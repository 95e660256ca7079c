"""Sections as they stand on a page: each kind is placed by its own function; what needs none stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derive.document.locale import Locale
from derive.document.model import FunctionsTable, MatrixLines, RoundTable, Section, Working
from derive.document.page import Page
from derive.layout.functions import place_functions
from derive.layout.lines import place_working
from derive.layout.matrices import place_matrix_lines
from derive.layout.tables import place_round_table

_PLACED: Mapping[type, Callable[[Any, Page, Locale], object]] = MappingProxyType(
    {
        Working: lambda section, page, _: place_working(section, page),
        RoundTable: lambda section, page, _: place_round_table(section, page),
        FunctionsTable: lambda section, page, _: place_functions(section, page),
        MatrixLines: lambda section, page, words: place_matrix_lines(section, page, words.shortened),
    }
)


def placed(section: Section, page: Page, words: Locale) -> object:
    """The section with its rows and columns worked out for a page, in the words of a language."""
    place = _PLACED.get(type(section))
    return place(section, page, words) if place else section
