"""The whole catalog as text: each entry with its formulas, derivatives, options and reference.

`python -m derive list` and the page `docs/catalog.md` are made from this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from derive.catalog.activations import ACTIVATIONS, Activation
from derive.catalog.layers import layers
from derive.catalog.layers.base import Layer
from derive.catalog.losses import LOSSES, LossEntry, loss
from derive.catalog.optimizers import OPTIMIZERS, Optimizer
from derive.catalog.schedules import SCHEDULES, Schedule
from derive.graph.views.adjoint_form import adjoints_of_any_size
from derive.graph.views.language import parse_index_form, written_form

Fact = tuple[str, tuple[str, ...]]
"""What is stated, and its lines."""


@dataclass(frozen=True)
class Listed:
    """An entry of the catalog: what it is in one line, and what is stated of it; `formulas` are in the grammar."""

    name: str
    about: str
    formulas: tuple[Fact, ...]
    remarks: tuple[Fact, ...]
    reference: str


def catalog() -> Mapping[str, tuple[Listed, ...]]:
    """Every entry by group."""
    return {
        "layers": tuple(_layer(name, kind) for name, kind in layers().items()),
        "activations": tuple(_activation(name, entry) for name, entry in ACTIVATIONS.items()),
        "losses": tuple(_loss(name, entry) for name, entry in LOSSES.items()),
        "optimizers": tuple(_optimizer(name, entry) for name, entry in OPTIMIZERS.items()),
        "schedules": tuple(_schedule(name, entry) for name, entry in SCHEDULES.items()),
    }


def _layer(name: str, kind: type[Layer]) -> Listed:
    formulas = (
        ("forward", tuple(one.text for one in kind.forward)),
        ("backward", _backward(kind)),
    )
    common = set(Layer.model_fields)
    options = [_option(key, field) for key, field in kind.model_fields.items() if key not in common]
    return Listed(name, kind.describes, _stated(*formulas), _stated(("options", tuple(options))), kind.reference)


def _backward(kind: type[Layer]) -> tuple[str, ...]:
    """What a layer adds to the adjoints of its arrays, derived from its equations."""
    return tuple(map(written_form, adjoints_of_any_size(tuple(parse_index_form(one.text) for one in kind.forward))))


def _option(key: str, field: FieldInfo) -> str:
    if field.is_required():
        return key
    default = field.get_default(call_default_factory=True)
    shown = getattr(default, "name", "") or ("none" if default is None else _plain(default))
    return f"{key} (default: {shown})"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list, dict)):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "none"


def _activation(name: str, entry: Activation) -> Listed:
    formulas = (
        ("value", (f"f = {entry.rule.text}",)),
        ("derivative", () if entry.derivative is None else (f"df/ds = {_at_zero(entry.derivative)}",)),
    )
    remarks = (
        ("constants", _constants(entry.constants, entry.trainable)),
        ("kinks", entry.kinks),
        ("domain", (entry.domain,)),
        ("values", _between(entry.bounds)),
        ("forward only", () if entry.differentiable else ("it has no derivative to train through",)),
    )
    return Listed(name, f"f = {entry.rule.text}", _stated(*formulas), _stated(*remarks), entry.reference)


def _between(bounds: tuple[str, str]) -> tuple[str, ...]:
    """Between which numbers values lie, in words."""
    low, high = bounds
    both = f"from {low} to {high}" if low and high else f"{low} or more" if low else f"{high} or less" if high else ""
    return (both,)


def _at_zero(text: str) -> str:
    """A derivative in which the convention at a kink is a letter."""
    return text.replace("AT_ZERO", "c")


def _constants(constants: Mapping[str, str], trainable: frozenset[str] = frozenset()) -> tuple[str, ...]:
    found = []
    for name, number in constants.items():
        text = f"default: {number}" if number else "no default"
        found.append(f"{name} ({text}, trained)" if name in trainable else f"{name} ({text})")
    return tuple(found)


def _loss(name: str, entry: LossEntry) -> Listed:
    made = loss(name)
    working = tuple(f"{step.name} = {step.rule.text}" for step in made.steps)
    total = () if made.from_steps is None else (f"L = {made.from_steps.text}",)
    formulas = (
        ("value", (f"L = {made.rule.text}",)),
        ("derivative", (f"dL/df = {made.rule.textbook.get('f', '')}",)),
        ("working", (*working, *total)),
    )
    remarks = (
        ("outputs", (entry.outputs.value,)),
        ("targets", (entry.targets.value,)),
        ("domain", (entry.domain,)),
        ("kinks", entry.kinks),
        ("constants", _constants(entry.constants)),
        ("options", tuple(sorted(entry.options))),
    )
    return Listed(name, f"L = {made.rule.text}", _stated(*formulas), _stated(*remarks), entry.reference)


def _optimizer(name: str, entry: Optimizer) -> Listed:
    lines = tuple(f"{output} = {text}" for output, text in entry.steps)
    remarks = (("states, 0 at first", entry.states), ("constants", _constants(entry.constants)))
    return Listed(name, "; ".join(lines), _stated(("update", lines)), _stated(*remarks), entry.reference)


def _schedule(name: str, entry: Schedule) -> Listed:
    line = f"eta = {entry.formula}"
    return Listed(
        name, line, _stated(("rate", (line,))), _stated(("constants", _constants(entry.constants))), entry.reference
    )


def _stated(*facts: Fact) -> tuple[Fact, ...]:
    """The facts that say something."""
    return tuple((title, lines) for title, lines in facts if any(lines))


def as_text() -> Iterator[tuple[str, dict[str, list[str]]]]:
    """For each group, the lines under each name."""
    for group, entries in catalog().items():
        yield group, {one.name: list(_text_lines(one)) for one in entries}


def _text_lines(one: Listed) -> Iterator[str]:
    yield one.about
    for title, lines in (*one.formulas, *one.remarks):
        if lines != (one.about,):
            yield f"{title}: {'; '.join(lines)}"
    yield one.reference


def as_markdown() -> str:
    """The page of the catalog."""
    parts = [_HEAD]
    for group, entries in catalog().items():
        parts.append(f"## {group.capitalize()}\n")
        parts += [_section(one, _about(group, one)) for one in entries]
    return "\n".join(parts)


def _section(one: Listed, about: str) -> str:
    lines = [f"### {one.name}\n"]
    lines += [f"{about}\n"] if about else []
    if one.formulas:
        width = max(len(title) for title, _ in one.formulas)
        block = [
            f"{(title if not index else '').ljust(width)}  {line}"
            for title, texts in one.formulas
            for index, line in enumerate(texts)
        ]
        lines.append("\n".join(["```text", *block, "```\n"]))
    lines += [f"{title.capitalize()}: {', '.join(texts)}.\n" for title, texts in one.remarks]
    return "\n".join([*lines, f"*{one.reference}.*\n"])


def _about(group: str, one: Listed) -> str:
    """What a layer is, in words; the others are their formulas."""
    return f"{one.about[0].upper()}{one.about[1:]}." if group == "layers" else ""


_HEAD = """# The catalog

Everything that a problem file can name, made from the entries themselves by `python docs/make_catalog.py`; a test
keeps it up to date. `c` is the convention for a derivative at a kink (`relu_at_zero`).

The equations of layers are in index form: `sum(i, ..)` goes over the index `i`, an entry outside its array is 0, and
`dx` is the adjoint of `x`, of which a backward equation gives the layer's contribution; backward equations are derived,
also those of constants such as a mask, which no key works, and so are the equations of matrices that keys print.
"""
