"""Models checked against marked trees: every mistake at once, each in one plain sentence at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from derive.errors import Diagnostic, InputError
from derive.sources.drafts import KIND, draft, kind_of, models_inside
from derive.sources.empty import what_to_write
from derive.sources.fields import ENTRY, to_numbers
from derive.sources.marked import Marked, Path_

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Mistake = tuple[Path_, str]
"""What is wrong, and the path of the key at which it is said."""


class Model(BaseModel):
    """An immutable model that refuses keys it does not know.

    `key_advice` says of keys that people write here what to write instead, as it goes on after "unknown key ..".
    """

    key_advice: ClassVar[Mapping[str, str]] = MappingProxyType({})

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    def own_mistakes(self) -> Iterator[Mistake]:
        """What is wrong about keys that can each be read, by the path from here; the models inside have their own.

        It is asked of drafts too, in which what cannot be read has its default.
        """
        yield from ()


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


def mistakes_in(value: Any, path: Path_ = ()) -> Iterator[Mistake]:
    """The mistakes of a model and of every model inside it."""
    if isinstance(value, Model):
        yield from (((*path, *inner), text) for inner, text in value.own_mistakes())
        for name, field in type(value).model_fields.items():
            yield from mistakes_in(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, tuple) and any(isinstance(one, Model) for one in value):
        for index, one in enumerate(value):
            yield from mistakes_in(one, (*path, index))


def _no_mistakes(model: BaseModel, unread: Container[Path_]) -> Iterable[Mistake]:
    del model, unread
    return ()


def validate(
    model: type[M],
    marked: Marked,
    more: Sequence[Mistake] = (),
    check: Callable[[M, Container[Path_]], Iterable[Mistake]] = _no_mistakes,
) -> M:
    """The model that the tree describes.

    `more` are mistakes that were found before. `check` finds those of the model as a whole; where some keys cannot be
    read it is given a draft, and the paths of these keys and of everything around them. All are reported together, and
    with every key that has no value. Raises `InputError` with all of them, in the order of the file.
    """
    details: list[ErrorDetails] = []
    try:
        result = model.model_validate(marked.tree)
    except ValidationError as error:
        details = [detail for detail in error.errors() if not _is_short_of_readable_entries(detail)]
        result = draft(model, marked.tree)
    unread = frozenset(_around(details, marked.tree))
    malformed = frozenset(_around([one for one in details if one["type"] not in _OF_GROUPS], marked.tree))
    found = [*more, *(_explain(model, marked.tree, detail) for detail in details)]
    if isinstance(marked.tree, dict):
        for mistakes, said in ((mistakes_in(result), unread), (check(result, unread), malformed)):
            written = ((_written_path(path, marked.tree), text) for path, text in mistakes)
            found += [(path, text) for path, text in written if path not in said]
    listed = _with_empty(model, marked, [marked.diagnostic(*one) for one in _without_misspelled(found)])
    if listed or details:
        ordered = sorted(set(listed), key=lambda m: (m.line or 0, m.column or 0, m.message))
        rest = len(ordered) - MOST_MISTAKES
        more_of_them = [Diagnostic(f"and {rest} more mistakes", marked.source)] if rest > 0 else []
        raise InputError([*ordered[:MOST_MISTAKES], *more_of_them])
    return result


def _around(details: Iterable[ErrorDetails], tree: Any) -> Iterator[Path_]:
    """The paths of keys, and of everything around them."""
    for detail in details:
        path = _written_path(tuple(detail["loc"]), tree)
        yield from (path[:length] for length in range(1, len(path) + 1))


def _without_misspelled(mistakes: Sequence[tuple[Path_, str]]) -> list[tuple[Path_, str]]:
    """The mistakes less what is missing only because its key is misspelled in the same group."""
    meant = {(*path[:-1], match[1]) for path, text in mistakes if (match := _MISSPELLED.fullmatch(text))}
    return [(path, text) for path, text in mistakes if path not in meant or not text.endswith("` is missing")]


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


def _is_short_of_readable_entries(detail: ErrorDetails) -> bool:
    """Whether a list is too short only because entries of it are wrong, which is said of them."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail.get("ctx", {}).get("min_length", 0)


def _explain(model: type[BaseModel], tree: Any, detail: ErrorDetails) -> tuple[Path_, str]:
    """A mistake that pydantic found, with its path in the file."""
    path = _written_path(tuple(detail["loc"]), tree)
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if path[-1:] == (_OF_KEY,):
        expected = f"{_expected(kind, context, detail['msg'])}, not {brief(given)}"
        return path[:-1], f"{expected}{_punctuation(str(given))}"
    name = _name(path)
    if kind == _UNKNOWN_KEY:
        models = _models_at(model, tuple(detail["loc"])[:-1])
        advice = next((one.key_advice[name] for one in models if issubclass(one, Model) and name in one.key_advice), "")
        return path, f"unknown key `{name}`{advice or _punctuation(name) or suggestion(name, _keys(models))}"
    if kind == _SENTENCE:
        return path, str(context["text"])
    if kind == "union_tag_invalid":
        allowed = str(context.get("expected_tags", "")).replace("'", "").split(", ")
        tag = str(context.get("tag"))
        return (*path, KIND), f"unknown {KIND} {tag!r}{suggestion(tag, allowed)}"
    if kind == "missing":
        return path, f"`{name}` is missing"
    if kind == ENTRY:
        return path, f"`{_last_key(path)}`: {context['text']}, not {brief(given)}"
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


_UNKNOWN_KEY = "extra_forbidden"
_OF_GROUPS = (_UNKNOWN_KEY, "missing")
"""Mistakes that say nothing about the other keys of a group."""
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
    return f"{_last_key(path)} entry {path[-1] + 1}"


def _last_key(path: Path_) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "list")


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
        chosen = [one for one in current if kind_of(one) == step]
        fields = [f for one in current for key, f in one.model_fields.items() if step in (key, f.alias)]
        current = chosen or [inside for field in fields for inside in models_inside(field.annotation)]
    return current
