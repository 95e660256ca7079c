"""Tensors as decimal numbers, each as short as it can be written without changing it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite
from typing import Any

from derive.errors import InputError
from derive.sources.fields import Nested

_FLOATS = ("torch.float64", "torch.float32")
_SINGLE_DIGITS = 9


@dataclass(frozen=True)
class Writing:
    """How numbers are written: with all their digits, or rounded to so many decimal places."""

    places: int | None = None

    def numbers(self, tensor: Any, what: str) -> Nested:
        """The numbers of a tensor, row by row, `what` naming it in messages.

        Raises `InputError` for numbers that are not finite, and for types other than float64, float32 and integers.
        """
        kind = str(tensor.dtype)
        if tensor.is_floating_point() and kind not in _FLOATS:
            raise InputError.single(f"{what}: numbers of type {kind}; convert them with .double()")
        if tensor.is_complex():
            raise InputError.single(f"{what}: complex numbers; expected real ones")
        return self._nested(tensor.detach().tolist(), what, single=kind == _FLOATS[1])

    def number(self, value: float, what: str) -> Decimal:
        """One number of an option, never rounded. Raises `InputError` if it is not finite."""
        return _decimal(value, what, single=False)

    def _nested(self, value: Any, what: str, *, single: bool) -> Nested:
        if isinstance(value, list):
            return tuple(self._nested(one, what, single=single) for one in value)
        number = _decimal(value, what, single=single)
        if self.places is None:
            return number
        rounded = number.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_EVEN)
        return number if rounded == number else rounded


def _decimal(value: float, what: str, *, single: bool) -> Decimal:
    if not isfinite(value):
        raise InputError.single(f"{what}: {value}; expected finite numbers")
    if isinstance(value, (int, bool)):
        return Decimal(int(value))
    number = Decimal(_shortest_single(value) if single else repr(value)).normalize()
    return number if number.as_tuple().exponent <= 0 else Decimal(int(number))  # type: ignore[operator]


def _shortest_single(value: float) -> str:
    """The shortest text that is read as the same single-precision number."""
    texts = (f"{value:.{digits}g}" for digits in range(1, _SINGLE_DIGITS + 1))
    return next(text for text in texts if struct.pack("f", float(text)) == struct.pack("f", value))
