"""Sections as they stand on a page: each kind is placed by its own function; what needs none stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derive.document.model import FunctionsTable, RoundTable, Section, Working
from derive.document.page import Page
from derive.layout.functions import place_functions
from derive.layout.lines import place_working
from derive.layout.tables import place_round_table

_PLACED: Mapping[type, Callable[[Any, Page], object]] = MappingProxyType({Working: place_working, FunctionsTable: place_functions, RoundTable: place_round_table})


def placed(section: Section, page: Page) -> object:
    """The section with its rows and columns worked out for a page."""
    place = _PLACED.get(type(section))
    return place(section, page) if place else section
