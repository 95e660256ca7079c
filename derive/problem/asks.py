"""What a question asks for: parts such as `round 2` or `differences of dL/dw11 in round 1 with h = 1e-3`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from derive.sources.fields import Text
from derive.sources.validate import Model, brief, mistake, suggestion

_ROUND = r"(?P<round>[1-9][0-9]{0,5})"
_NAMES = r"(?P<names>\S+(?: and \S+)*)"
_STEP = r"(?P<step>[-+]?[0-9]*\.?[0-9]+(?:[eE]-?[0-9]{1,2})?)"


@dataclass(frozen=True)
class Ask:
    """One part: its kind, the names that it is about, its round and its step, where it says them."""

    kind: str
    names: tuple[str, ...] = ()
    round: int | None = None
    step: str = ""


class FreeText(Model):
    """Words between the parts of a question."""

    text: Text


def _to_part(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"text"} and isinstance(value["text"], str):
        return FreeText.model_validate(value)
    if isinstance(value, (str, FreeText)):
        return value
    raise mistake(f"expected a part such as `round 1`, or words between parts, `{{text: ..}}`, not {brief(value)}")


AskedPart = Annotated[
    Any,
    BeforeValidator(_to_part),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
            ]
        }
    ),
]
"""One entry of a question's `asks`: the text of a part, or a `FreeText`."""


def asked_parts(asks: Iterable[Any]) -> tuple[str, ...]:
    """The texts of the parts, words between them left out."""
    return tuple(part for part in asks if isinstance(part, str))


FORMS: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        kind: (re.compile(pattern), example)
        for kind, pattern, example in (
            ("functions", "functions", "functions"),
            ("rounds", "rounds", "rounds"),
            ("losses", "losses", "losses"),
            ("round", f"round {_ROUND}", "round 1"),
            ("results", "results", "results"),
            ("final parameters", "final parameters", "final parameters"),
            ("index form", "index form", "index form"),
            ("matrix form", f"matrix form(?: of round {_ROUND})?", "matrix form"),
            ("gradient sizes", f"gradient sizes(?: of round {_ROUND})?", "gradient sizes"),
            (
                "differences",
                f"differences of {_NAMES}(?: in round {_ROUND})?(?: with h = {_STEP})?",
                "differences of dL/dw11",
            ),
            ("symbols", "symbols", "symbols"),
            ("closed form", f"closed form of {_NAMES}", "closed form of dL/dw11"),
        )
    }
)
"""How each part is written, with an example for messages."""


def read_ask(part: str) -> Ask | None:
    """What a part asks for; None for a text that is no part."""
    for kind, (pattern, _) in FORMS.items():
        match = pattern.fullmatch(" ".join(part.split()))
        if match is not None:
            found = match.groupdict()
            names, number = found.get("names"), found.get("round")
            of = tuple(names.split(" and ")) if names else ()
            return Ask(kind, of, int(number) if number else None, found.get("step") or "")
    return None


def unknown_part(part: str) -> str:
    """The message for a text that is no part: the nearest one, or all of them."""
    return f"unknown part {part!r}{suggestion(part, _examples())}"


def _examples() -> Iterable[str]:
    return tuple(example for _, example in FORMS.values())
