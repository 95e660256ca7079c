"""Sections as they stand on a page: each kind is placed by its own function; what needs none stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from derive.document.model import Section, Working
from derive.document.page import Page
from derive.layout.lines import place_working

_PLACED: Mapping[type, Callable[[Any, Page], object]] = MappingProxyType({Working: place_working})


def placed(section: Section, page: Page) -> object:
    """The section with its rows and columns worked out for a page."""
    place = _PLACED.get(type(section))
    return place(section, page) if place else section
