"""Jinja's immutable sandbox, narrowed: templates see fields of documents, call macros and filters, and are bounded."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from types import CodeType, MappingProxyType
from typing import Any, cast

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from jinja2.visitor import NodeTransformer
from pydantic import BaseModel

MOST_STEPS = 5_000_000
"""How many turns of loops, calls and inclusions one document may take."""
MOST_SECONDS = 60
MOST_CHARACTERS = 60_000_000
"""How much text may be placed while one document is written."""
LONGEST_VALUE = 1_000_000
"""How long a text or a list that a template puts together may be."""
_MOST_BITS = 256
JINJA_FILTERS: tuple[str, ...] = tuple(
    re.findall(
        r"\w+",
        "abs default d e escape first float int join last length count list lower map max min reject rejectattr "
        "replace reverse safe select selectattr sort string title capitalize trim upper",
    )
)
"""The filters of Jinja's own that templates have; each takes work in proportion to what it is given."""
_GLOBALS = ("namespace", "range", "cycler", "joiner")
_OF_MAPPINGS = frozenset({"items", "keys", "values", "get"})
_OF_LOOPS = frozenset(
    re.findall(r"\w+", "index index0 revindex revindex0 first last length depth depth0 previtem nextitem cycle changed")
)
_COUNTED, _JOINED = "counted", "joined"


class Undefined(jinja2.StrictUndefined):
    """What a template names and nothing is; the message says what there is instead."""

    @property
    def _undefined_message(self) -> str:
        value, name = self._undefined_obj, self._undefined_name
        known = sorted(data_names(cast("Any", type(value)))) if isinstance(name, str) else []
        if known:
            return f"{type(value).__name__} has no `{name}`; it has {', '.join(known)}"
        if isinstance(value, (Macro, Namespace)) or not isinstance(name, str) or value is jinja2.utils.missing:
            return str(super()._undefined_message)
        return f"{_kind(value)} has no `{name}` that a template may use"


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of a document's templates. What they may spend is counted from `start` on."""

    intercepted_binops = frozenset({"*", "**", "%", "+", "//"})

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=Undefined, optimized=False, **options)
        self.globals = {name: self.globals[name] for name in _GLOBALS}
        self.filters = {name: self.filters[name] for name in JINJA_FILTERS}
        own = {"join": _bounded_join(self.filters["join"]), "replace": _bounded_replace(self.filters["replace"])}
        self.filters.update({**own, _COUNTED: self.counted, _JOINED: _concatenated})
        self.finalize = self._measured(self.finalize)
        self.budget = Budget()
        self.bytecode_cache = _BYTECODE

    def start(self) -> None:
        """Begin a document: nothing is spent."""
        self.budget.reset()

    def _measured(self, finalize: Callable[..., object] | None) -> Callable[..., object]:
        @jinja2.pass_context
        def measured(_context: object, value: object) -> object:
            made = finalize(value) if finalize else value
            self.budget.place(len(made) if isinstance(made, str) else 1)
            return made

        return measured

    def counted(self, items: Iterable[object]) -> Iterator[object]:
        """The items of a loop, each counted."""
        for item in items:
            self.budget.step()
            yield item

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja's signature
        """Whether a template may read an attribute: a field of data, or what loops and imports have."""
        if attr.startswith("_"):
            return False
        if isinstance(obj, LoopContext):
            return attr in _OF_LOOPS
        if isinstance(obj, Mapping):
            return attr in _OF_MAPPINGS
        if isinstance(obj, (Namespace, TemplateReference, jinja2.environment.TemplateModule)):
            return True
        if isinstance(obj, (Cycler, Joiner)):
            return attr in ("next", "current", "reset")
        return attr in data_names(cast("Any", type(obj)))

    def unsafe_undefined(self, obj: Any, attribute: str) -> jinja2.Undefined:
        """What an attribute is that a template may not read."""
        return self.undefined(obj=obj, name=attribute, exc=SecurityError)

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether a template may call a value: macros, blocks, Jinja's helpers, and the readers of a mapping."""
        if isinstance(obj, (Macro, BlockReference, Cycler, Joiner, LoopContext)):
            return True
        if any(obj is one for one in self.globals.values()):
            return True
        owner = getattr(obj, "__self__", None)
        names = _OF_LOOPS if isinstance(owner, LoopContext) else _OF_MAPPINGS if isinstance(owner, Mapping) else ()
        return getattr(obj, "__name__", "") in names or isinstance(owner, Cycler)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A call, counted. Raises `SecurityError` for what may not be called."""
        self.budget.step()
        if isinstance(obj, jinja2.Undefined):
            return obj()
        if not self.is_safe_callable(obj):
            raise SecurityError(f"{_kind(obj)} cannot be called; templates call macros, and use filters")
        return context.call(obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """An operation, refused where its result would be longer or larger than a template has use for."""
        self.budget.step()
        sequence = next((one for one in (left, right) if isinstance(one, (str, list, tuple))), None)
        if sequence is not None:
            if operator == "%":
                raise SecurityError("`%` does not fill in texts here; write them beside one another")
            if operator == "*":
                other = right if sequence is left else left
                _require_short(len(sequence) * (other if isinstance(other, int) else 1))
            if operator == "+" and isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple)):
                _require_short(len(left) + len(right))
        elif isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
            if bits > _MOST_BITS:
                raise SecurityError("this number is too large for a template; templates place, they compute nothing")
        return super().call_binop(context, operator, left, right)

    def _generate(self, source: nodes.Template, *arguments: Any, **options: Any) -> str:
        return super()._generate(_Counting().visit(source), *arguments, **options)

    def _load_template(self, name: str, globals: Any) -> jinja2.Template:
        self.budget.step()
        return super()._load_template(name, globals)


class _Bytecode(jinja2.BytecodeCache):
    """Each template compiled once a process, for every document that it is filled in for.

    Code holds nothing of its environment: constants are placed and filtered when a template is filled in (`optimized`
    is off, `finalize` takes the context). Of filters and tests it knows only whether there is one of a name.
    """

    def __init__(self) -> None:
        self._code: dict[Hashable, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a bucket its code if the template was compiled before."""
        bucket.code = self._code.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        if bucket.code is not None:
            self._code[self._key(bucket)] = bucket.code

    @staticmethod
    def _key(bucket: Bucket) -> Hashable:
        known = bucket.environment
        return bucket.key, bucket.checksum, frozenset(known.filters), frozenset(known.tests)


_BYTECODE = _Bytecode()


class Budget:
    """What a document's templates have spent of what they may."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Spend nothing, from now on."""
        self.steps = self.characters = 0
        self.end = time.monotonic() + MOST_SECONDS

    def step(self) -> None:
        """One turn of a loop, call or inclusion. Raises `SecurityError` where it is one too many."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise SecurityError(f"more than {MOST_STEPS:,} steps; this loop or call does not end")
        if not self.steps % 64 and time.monotonic() > self.end:
            raise SecurityError(f"the templates take more than {MOST_SECONDS} seconds; this loop or call does not end")

    def place(self, characters: int) -> None:
        """So much text placed. Raises `SecurityError` where it is too much."""
        self.characters += characters
        self.step()
        if self.characters > MOST_CHARACTERS:
            raise SecurityError(f"more than {MOST_CHARACTERS:,} characters; this loop or call does not end")


class _Counting(NodeTransformer):
    """A template in which every turn of a loop is counted, and texts that are joined are measured."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - named after the node
        self.generic_visit(node)
        node.iter = _filtered(cast("nodes.Expr", node.iter), _COUNTED)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - the same
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), _JOINED)


def _filtered(value: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


@cache
def data_names(kind: type) -> frozenset[str]:
    """What a template may read of a value of derive's: fields, constants, properties; nothing of other values."""
    found: set[str] = set()
    for one in kind.__mro__:
        if not one.__module__.startswith("derive."):
            continue
        slots = one.__dict__.get("__slots__", ())
        found |= {slots} if isinstance(slots, str) else set(slots)
        found |= {name for name, value in vars(one).items() if _is_data(value)}
    if dataclasses.is_dataclass(kind):
        found |= {field.name for field in dataclasses.fields(kind)}
    if issubclass(kind, BaseModel) and kind.__module__.startswith("derive."):
        found |= set(kind.model_fields)
    return frozenset(name for name in found if not name.startswith("_") and name != "model_config")


def _is_data(value: object) -> bool:
    return isinstance(value, (property, cached_property, str, int, float, tuple, frozenset, MappingProxyType))


@jinja2.pass_eval_context
def _concatenated(context: Any, parts: list[Any]) -> str:
    _require_short(sum(len(part) if isinstance(part, str) else 1 for part in parts))
    join = jinja2.runtime.markup_join if context.autoescape else jinja2.runtime.str_join
    return join(parts)


def _bounded_join(join: Callable[..., str]) -> Callable[..., str]:
    @jinja2.pass_eval_context
    def bounded(context: Any, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
        items = list(value)
        sizes = (len(one) if isinstance(one, str) else 1 for one in items)
        _require_short(sum(sizes) + len(str(d)) * len(items))
        return join(context, items, d, attribute)

    return bounded


def _bounded_replace(replace: Callable[..., str]) -> Callable[..., str]:
    @jinja2.pass_eval_context
    def bounded(context: Any, text: str, old: str, new: str) -> str:
        _require_short(len(str(text)) + (str(text).count(str(old)) if old else len(str(text)) + 1) * len(str(new)))
        return replace(context, text, old, new)

    return bounded


def _require_short(length: int) -> None:
    if length > LONGEST_VALUE:
        raise SecurityError(f"a value of {length:,} characters or entries; a template may make {LONGEST_VALUE:,}")


def _kind(value: object) -> str:
    known = {str: "a text", int: "a number", float: "a number", list: "a list", tuple: "a list", dict: "a group"}
    return next((name for kind, name in known.items() if isinstance(value, kind)), type(value).__name__)
