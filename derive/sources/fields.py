"""The kinds of value a problem file holds: numbers as written, vectors, matrices, text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE](?P<exponent>[+-]?\d+))?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)
LONGEST = 60
LONGEST_EXPONENT = 10
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
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError("expected a finite number such as 0.25 or -1.5e-3")
    number = Decimal(text) if len(match["exponent"] or "") < LONGEST_EXPONENT else None
    if number is None or (number and abs(number.adjusted()) > _LARGEST_EXPONENT):
        raise ValueError(f"expected a number between 1e-{_LARGEST_EXPONENT} and 1e{_LARGEST_EXPONENT}")
    return number or abs(number)


def to_whole(value: Any) -> Any:
    """A whole number written as one; anything else is left to be refused. Raises `ValueError`."""
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("expected a whole number")
    return value


Whole = Annotated[int, BeforeValidator(to_whole)]


Nested = Decimal | tuple["Nested", ...]
"""A number, or numbers in rows; every row of one length."""


ENTRY = "entry"
"""The type of a mistake in an entry of nested lists of numbers."""


def to_numbers(value: Any) -> Nested:
    """A number, or a list of numbers or of lists, exactly as written.

    Raises `ValueError`; for lists, a `ValidationError` with the place of every entry that is no number.
    """
    if not isinstance(value, (list, tuple)):
        return to_number(value)
    try:
        return tuple(map(_nested, value))
    except ValueError:
        raise ValidationError.from_exception_data("numbers", [*_wrong_entries(value, ())]) from None


def _nested(value: Any) -> Nested:
    return tuple(map(_nested, value)) if isinstance(value, (list, tuple)) else to_number(value)


def _wrong_entries(value: Any, place: tuple[int, ...]) -> Iterator[InitErrorDetails]:
    for index, entry in enumerate(value):
        if isinstance(entry, (list, tuple)):
            yield from _wrong_entries(entry, (*place, index))
            continue
        try:
            to_number(entry)
        except ValueError as error:
            text = PydanticCustomError(ENTRY, "{text}", {"text": str(error)})
            yield {"type": text, "loc": (*place, index), "input": entry}


def to_biases(value: Any) -> Nested | None:
    """Numbers, or None for the word `none`. Raises `ValueError`."""
    if value in ("no", "No", "false", "False", "null", "~"):
        raise ValueError("expected numbers, or `none` for a layer without biases")
    return None if value is None or value == "none" else to_numbers(value)


def shape_of(numbers: Any) -> tuple[int, ...] | None:
    """The shape of nested lists; None where rows differ in length."""
    if not isinstance(numbers, (list, tuple)):
        return ()
    inner = {shape_of(entry) for entry in numbers}
    if len(inner) > 1 or None in inner:
        return None
    return (len(numbers), *(inner.pop() or ())) if inner else (0,)


def flat(numbers: Nested) -> tuple[Decimal, ...]:
    """The numbers row by row."""
    return (numbers,) if isinstance(numbers, Decimal) else tuple(n for part in numbers for n in flat(part))


_NUMBER_SCHEMA = {"type": ["number", "string"], "description": "a number, kept as written"}
WrittenNumber = Annotated[Decimal, BeforeValidator(to_number), WithJsonSchema(_NUMBER_SCHEMA)]
_NESTED = {"anyOf": [_NUMBER_SCHEMA, {"type": "array"}], "description": "a number, or lists of numbers"}
Numbers = Annotated[Any, BeforeValidator(to_numbers), WithJsonSchema(_NESTED)]
Biases = Annotated[Any, BeforeValidator(to_biases), WithJsonSchema({"anyOf": [*_NESTED["anyOf"], {"const": "none"}]})]
LONGEST_TEXT = 20_000
"""How many characters a text may have: some eight printed pages."""
LONGEST_WORD = 200
"""How many characters of the Latin script may stand without a space: more do not fit on a line of a page."""
_LONG_WORD = re.compile(rf"[!-~\u00a1-\u024f]{{{LONGEST_WORD + 1},}}")


def to_text(value: Any) -> Any:
    """A text that a page can hold. Raises `ValueError` for a longer one, and for a longer word."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise ValueError(f"expected a text of at most {LONGEST_TEXT:,} characters; this one has {len(value):,}")
    word = _LONG_WORD.search(value) if isinstance(value, str) else None
    if word is not None:
        raise ValueError(f"expected words of at most {LONGEST_WORD} characters; {word[0][:20]}.. has {len(word[0]):,}")
    return value


Text = Annotated[
    str,
    BeforeValidator(to_text),
    WithJsonSchema({"type": ["string", "number"], "description": "text, printed as it stands"}),
]

NAME = re.compile(r"[A-Za-z][A-Za-z]{0,15}(_?\d{1,3})?", re.ASCII)


def to_name(value: Any) -> str:
    """A name of a quantity: letters, and digits at its end. Raises `ValueError`."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError("expected a name such as w or w1: letters, then digits if any")
    return value


Name = Annotated[str, BeforeValidator(to_name)]


def to_list(value: Any) -> Any:
    """One text as a list of one."""
    return (value,) if isinstance(value, str) else value


Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(to_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class OrName:
    """A model that may be written as its name alone: read that way, and said so in the schema."""

    def __init__(self, key: str = "name") -> None:
        self.key = key

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A validator that takes a text for the name."""
        return core_schema.no_info_before_validator_function(
            lambda value: {self.key: value} if isinstance(value, str) else value, handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A text, or the model."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class AlsoWritten:
    """A short form, said in the schema, that is written out before the model reads it."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The short form, or the model."""
        return {"anyOf": [self.schema, handler(schema)]}


def choice(*values: str) -> WithJsonSchema:
    """The schema of a choice between texts that may be written as whole numbers."""
    return WithJsonSchema({"enum": [*map(int, values), *values]})
