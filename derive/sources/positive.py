"""Numbers above 0, as problem files write them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from derive.sources.fields import Nested, Numbers, flat
from derive.sources.validate import mistake


def _all_positive(numbers: Nested, info: ValidationInfo) -> Nested:
    wrong = [one for one in flat(numbers) if one <= 0]
    if wrong:
        raise mistake(f"`{info.field_name}`: expected numbers above 0, not {wrong[0]}")
    return numbers


PositiveNumbers = Annotated[Numbers, AfterValidator(_all_positive)]
