"""Models checked against marked trees: every mistake at once, each in one plain sentence at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from derive.errors import Diagnostic, InputError
from derive.sources.empty import what_to_write
from derive.sources.fields import to_numbers
from derive.sources.marked import Marked, Path_

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class Model(BaseModel):
    """An immutable model that refuses keys it does not know.

    `key_advice` says of keys that people write here what to write instead, as it goes on after "unknown key ..".
    """

    key_advice: ClassVar[Mapping[str, str]] = MappingProxyType({})

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


_SENTENCE = "sentence"


def mistake(text: str) -> PydanticCustomError:
    """What a validator raises to say in its own sentence what is wrong."""
    return PydanticCustomError(_SENTENCE, "{text}", {"text": text})


M = TypeVar("M", bound=BaseModel)
MOST_MISTAKES = 50
MOST_NAMED = 24


def suggestion(word: object, known: Iterable[str]) -> str:
    """`; did you mean X?` for the nearest known word, else the list of what is known, of many the first."""
    choices = list(known)
    close = get_close_matches(str(word), choices, 1)
    if close:
        return f"; did you mean {close[0]}?"
    rest = len(choices) - MOST_NAMED
    return f"; known are {', '.join(choices[:MOST_NAMED])}" + (f" and {rest} more" if rest > 0 else "")


def validate(model: type[M], marked: Marked, more: Sequence[tuple[Path_, str]] = ()) -> M:
    """The model that the tree describes.

    `more` are mistakes found by other checks; they are reported together with the model's own, and with every key that
    has no value. Raises `InputError` with all of them, in the order of the file.
    """
    result: M | None = None
    found: list[tuple[Path_, str]] = []
    try:
        result = model.model_validate(marked.tree)
    except ValidationError as error:
        located = [path for path, _ in more]
        details = [detail for detail in error.errors() if not _follows(detail, located, marked.tree)]
        found = [_explain(model, marked.tree, detail) for detail in details]
    mistakes = [marked.diagnostic(*one) for one in _without_misspelled((*more, *found))]
    mistakes = _with_empty(model, marked, mistakes)
    if mistakes or result is None:
        ordered = sorted(set(mistakes), key=lambda m: (m.line or 0, m.column or 0, m.message))
        rest = len(ordered) - MOST_MISTAKES
        more_of_them = [Diagnostic(f"and {rest} more mistakes", marked.source)] if rest > 0 else []
        raise InputError([*ordered[:MOST_MISTAKES], *more_of_them])
    return result


def _without_misspelled(mistakes: Sequence[tuple[Path_, str]]) -> list[tuple[Path_, str]]:
    """The mistakes less what is missing only because its key is misspelled in the same group."""
    meant = {(path[:-1], match[1]) for path, text in mistakes if (match := _MISSPELLED.fullmatch(text))}
    return [(path, text) for path, text in mistakes if (path, text.removesuffix("` is missing")[1:]) not in meant]


def _with_empty(model: type[BaseModel], marked: Marked, mistakes: list[Diagnostic]) -> list[Diagnostic]:
    """The mistakes with one for each key or entry without a value, in place of what else is said of it."""
    for path in marked.empty:
        name, is_key = _name(path), bool(path) and isinstance(path[-1], str)
        missing, place = f"`{name}` is missing", marked.diagnostic(path, "")
        needed = not is_key or any(one.message == missing for one in mistakes)
        follows = [
            one
            for one in mistakes
            if one.message == missing or (not is_key and (one.line, one.column) == (place.line, place.column))
        ]
        mistakes = [one for one in mistakes if one not in follows]
        mistakes.append(marked.diagnostic(path, _empty(model, path, name, needed=needed)))
    return mistakes


def _empty(model: type[BaseModel], path: Path_, name: str, *, needed: bool) -> str:
    wanted = what_to_write(model, path) or ("a number" if isinstance((path or ("",))[-1], int) else "")
    if not path:
        return "the file is empty; `derive new` writes a starter file"
    if not wanted or _punctuation(name):
        return f"unknown key `{name}`{_punctuation(name) or suggestion(name, _known_keys(model, path[:-1]))}"
    return f"`{name}` is empty: {'' if needed else 'leave it out, or '}write {wanted}"


def _follows(detail: ErrorDetails, located: Sequence[Path_], tree: Any) -> bool:
    """Whether a mistake is said already: a list too short once its entries are wrong, a place inside it named."""
    path = _written_path(tuple(detail["loc"]), tree)
    within = any(len(other) > len(path) and other[: len(path)] == path for other in located)
    enough = detail["type"] == "too_short" and len(detail["input"]) >= detail.get("ctx", {}).get("min_length", 0)
    return enough or (within and detail["type"] == "value_error")


def _explain(model: type[BaseModel], tree: Any, detail: ErrorDetails) -> tuple[Path_, str]:
    """A mistake that pydantic found, with its path in the file."""
    path = _written_path(tuple(detail["loc"]), tree)
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if path[-1:] == (_OF_KEY,):
        expected = f"{_expected(kind, context, detail['msg'])}, not {brief(given)}"
        return path[:-1], f"{expected}{_punctuation(str(given))}"
    name = _name(path)
    if kind == "extra_forbidden":
        models = _models_at(model, tuple(detail["loc"])[:-1])
        advice = next((one.key_advice[name] for one in models if issubclass(one, Model) and name in one.key_advice), "")
        return path, f"unknown key `{name}`{advice or _punctuation(name) or suggestion(name, _keys(models))}"
    if kind == _SENTENCE:
        return path, str(context["text"])
    if kind == "union_tag_invalid":
        allowed = str(context.get("expected_tags", "")).replace("'", "").split(", ")
        tag = str(context.get("tag"))
        return (*path, _NAMES_KIND), f"unknown {_NAMES_KIND} {tag!r}{suggestion(tag, allowed)}"
    if kind == "missing":
        return path[:-1], f"`{name}` is missing"
    if kind in ("enum", "literal_error"):
        allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        known = _known_keys(model, tuple(detail["loc"])[:-1]) if isinstance(path[-1], str) else []
        hint = _neighbour(name, given, known) or suggestion(str(given), allowed)
        return path, f"unknown {name} {brief(given)}{hint}"
    return path, f"`{name}`: {_expected(kind, context, detail['msg'])}, not {brief(given)}"


_MISSPELLED = re.compile(r"unknown key `.*`; did you mean (\w+)\?.*")


def _punctuation(key: str) -> str:
    """What is wrong with the punctuation of a key that is no word; empty for a word."""
    word, colon, rest = key.partition(":")
    if colon and rest:
        return f"; a space belongs after the colon: `{word}: {rest}`"
    if any(bracket in key for bracket in "()"):
        return "; inside { } and [ ], text with a comma belongs in quotes"
    return ""


def _neighbour(name: str, given: Any, known: Sequence[str]) -> str:
    """`; did you mean X?` for a number, or numbers, given to a key of words whose neighbour takes numbers."""
    close = [key for key in get_close_matches(name, known, 2) if key != name]
    try:
        to_numbers(given)
    except ValueError:
        return ""
    return f"; did you mean `{close[0]}`?" if close else ""


_NAMES_KIND = "layer"
"""The key by which one of several models is chosen; its value is a step of the paths of their mistakes."""


_OF_KEY = "[key]"
"""What pydantic puts at the end of the path of a mistake in a key."""


def _written_path(path: Path_, tree: Any) -> Path_:
    """A model's path without what is no key of the file: names of chosen models, keys of what is written short."""
    found: list[str | int] = []
    for number, step in enumerate(path):
        if isinstance(tree, dict) and step not in tree and number + 1 < len(path):
            continue
        if isinstance(step, int) and not isinstance(tree, (list, tuple)):
            continue
        if isinstance(step, str) and step != _OF_KEY and isinstance(tree, (str, list)):
            continue
        found.append(step)
        inside = (isinstance(tree, dict) and step in tree) or (
            isinstance(tree, (list, tuple)) and isinstance(step, int) and step < len(tree)
        )
        tree = tree[step] if inside else None
    return tuple(found)


def _name(path: Path_) -> str:
    """What the end of a path is called: its key, or the entry of a list by the list's key."""
    if not path:
        return "the file"
    if isinstance(path[-1], str):
        return path[-1]
    keys = [step for step in path if isinstance(step, str)]
    return f"{keys[-1] if keys else 'list'} entry {path[-1] + 1}"


def _expected(kind: str, context: dict[str, Any], message: str) -> str:
    known = {
        "int_parsing": "expected a whole number",
        "int_type": "expected a whole number",
        "int_from_float": "expected a whole number",
        "bool_parsing": "expected true or false",
        "bool_type": "expected true or false",
        "string_type": "expected text",
        "list_type": "expected a list, each entry begun with `- `",
        "tuple_type": "expected a list, each entry begun with `- `",
        "dict_type": "expected keys and values",
        "model_type": "expected keys and values",
        "model_attributes_type": "expected keys and values",
        "too_short": "expected at least one entry",
        "too_long": f"expected at most {context.get('max_length')} entries",
        "int_parsing_size": "expected a smaller number",
        "greater_than": f"expected more than {context.get('gt')}",
        "greater_than_equal": f"expected at least {context.get('ge')}",
        "less_than_equal": f"expected at most {context.get('le')}",
    }
    return known.get(kind) or message.removeprefix("Value error, ")


def brief(given: Any) -> str:
    """What was given, short enough for a message."""
    text = repr(given) if isinstance(given, str) else "a list" if isinstance(given, list) else repr(given)
    return "a group of keys" if isinstance(given, dict) else text if len(text) <= 60 else f"{text[:57]}..."


def _known_keys(model: type[BaseModel], path: Path_) -> list[str]:
    """The keys of the model that a path of pydantic's leads to."""
    return _keys(_models_at(model, path))


def _keys(models: Sequence[type[BaseModel]]) -> list[str]:
    return [field.alias or key for one in models for key, field in one.model_fields.items()]


def _models_at(model: type[BaseModel], path: Path_) -> list[type[BaseModel]]:
    """The models, of which one is chosen, that a path of pydantic's leads to."""
    current: list[type[BaseModel]] = [model]
    for step in path:
        if not isinstance(step, str):
            continue
        chosen = [one for one in current if _NAMES_KIND in one.model_fields and _default_name(one) == step]
        fields = [f for one in current for key, f in one.model_fields.items() if step in (key, f.alias)]
        current = chosen or [inside for field in fields for inside in _models_inside(field.annotation)]
    return current


def _default_name(model: type[BaseModel]) -> str:
    return str(model.model_fields[_NAMES_KIND].default)


def _models_inside(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_inside(argument)]
