"""Sections as they stand on a page: each kind is placed by its own function; what needs none stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derive.document.locale import Locale
from derive.document.model import (
    FinalParameters,
    ForwardSummary,
    FunctionsTable,
    MatrixLines,
    NumberTable,
    ResultsTable,
    RoundTable,
    Section,
    Steps,
    Working,
)
from derive.document.page import Page
from derive.layout.cells import PlacedCells, place_function_cells, place_matrix_cells
from derive.layout.forward import place_forward
from derive.layout.functions import PlacedFunctions, place_functions
from derive.layout.lines import place_working
from derive.layout.matrices import place_matrix_lines
from derive.layout.matrix_lines import PlacedMatrixLines
from derive.layout.parameters import place_parameters
from derive.layout.results import place_numbers, place_results
from derive.layout.steps import place_steps
from derive.layout.tables import place_round_table

_PLACED: Mapping[type, Callable[[Any, Page, Locale], object]] = MappingProxyType(
    {
        Working: lambda section, page, _: place_working(section, page),
        RoundTable: lambda section, page, _: place_round_table(section, page),
        FunctionsTable: lambda section, page, _: _functions(section, page),
        MatrixLines: lambda section, page, words: _matrix_lines(section, page, words.shortened),
        Steps: lambda section, page, _: place_steps(section, page),
        ForwardSummary: lambda section, page, _: place_forward(section, page),
        ResultsTable: lambda section, page, _: place_results(section, page),
        NumberTable: lambda section, page, _: place_numbers(section, page),
        FinalParameters: lambda section, page, words: place_parameters(section, page, words.shortened),
    }
)


def _functions(section: FunctionsTable, page: Page) -> PlacedFunctions | PlacedCells:
    return place_function_cells(section, page) if page.columns else place_functions(section, page)


def _matrix_lines(section: MatrixLines, page: Page, shortened: str) -> PlacedMatrixLines | PlacedCells:
    return place_matrix_cells(section, page) if page.columns else place_matrix_lines(section, page, shortened)


def placed(section: Section, page: Page, words: Locale) -> object:
    """The section with its rows and columns worked out for a page, in the words of a language."""
    place = _PLACED.get(type(section))
    return place(section, page, words) if place else section
