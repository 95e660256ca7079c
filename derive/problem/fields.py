"""The kinds of value a problem file holds: numbers as written, vectors, matrices, text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)
LONGEST = 60
_LARGEST_EXPONENT = 300


def to_number(value: Any) -> Decimal:
    """A number exactly as written: from text, or from an int, float (its shortest form) or Decimal.

    Raises `ValueError` for anything else, NaN and infinity included.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError("expected a number such as 0.25")
    text = float.__repr__(value) if isinstance(value, float) else str(value)
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if len(text) > LONGEST:
        raise ValueError(f"expected a number of at most {LONGEST} characters")
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        raise ValueError(f"expected a number with a decimal point, such as {text.replace(',', '.')}")
    if not _NUMBER.fullmatch(text):
        raise ValueError("expected a finite number such as 0.25 or -1.5e-3")
    number = Decimal(text)
    if number and abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(f"expected a number between 1e-{_LARGEST_EXPONENT} and 1e{_LARGEST_EXPONENT}")
    return number or abs(number)


def to_whole(value: Any) -> Any:
    """A whole number written as one; anything else is left to be refused. Raises `ValueError`."""
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("expected a whole number")
    return value


Whole = Annotated[int, BeforeValidator(to_whole)]


def _to_vector(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _to_filled(value: Any) -> Any:
    """A matrix stays; a single number means that it fills the matrix."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return to_number(value)


_NUMBER_SCHEMA = {"type": ["number", "string"], "description": "a number, kept as written"}
WrittenNumber = Annotated[Decimal, BeforeValidator(to_number), WithJsonSchema(_NUMBER_SCHEMA)]
_NUMBERS = {"type": "array", "items": _NUMBER_SCHEMA}
_NUMBER_OR_NUMBERS = {"anyOf": [_NUMBER_SCHEMA, _NUMBERS]}
Vector = Annotated[tuple[WrittenNumber, ...], BeforeValidator(_to_vector), WithJsonSchema(_NUMBER_OR_NUMBERS)]
Text = Annotated[str, WithJsonSchema({"type": ["string", "number"], "description": "text, printed as it stands"})]


def choice(*values: str) -> WithJsonSchema:
    """The schema of a choice between texts that may be written as whole numbers."""
    return WithJsonSchema({"enum": [*map(int, values), *values]})


def to_matrix(value: Any) -> Decimal | tuple[tuple[Decimal, ...], ...]:
    """A matrix of numbers, or the number that fills one. Raises `ValueError`."""
    filled = _to_filled(value)
    if isinstance(filled, Decimal):
        return filled
    rows = [row if isinstance(row, (list, tuple)) else (row,) for row in filled]
    return tuple(tuple(to_number(entry) for entry in row) for row in rows)


def to_biases(value: Any) -> Decimal | tuple[Decimal, ...] | None:
    """A vector of numbers, the number that fills one, or None for the word `none`. Raises `ValueError`."""
    if value is None or value == "none":
        return None
    filled = _to_filled(value)
    return filled if isinstance(filled, Decimal) else tuple(to_number(entry) for entry in filled)


_ROWS = {"type": "array", "items": _NUMBERS}
Weights = Annotated[Any, BeforeValidator(to_matrix), WithJsonSchema({"anyOf": [_NUMBER_SCHEMA, _NUMBERS, _ROWS]})]
Biases = Annotated[
    Any,
    BeforeValidator(to_biases),
    WithJsonSchema({"anyOf": [_NUMBER_SCHEMA, _NUMBERS, {"const": "none"}]}),
]
