"""The views of a solved network: each layer's stated equations, applied to the quantities of its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType

from derive.catalog.activations import activation
from derive.catalog.layers.activated import activations, rule_of, stated_forms
from derive.graph.ascent import gathered
from derive.graph.formula import Formula, Slot, negate, rebuild
from derive.graph.graph import Graph
from derive.graph.quantity import Blocks
from derive.graph.tensor import Tensor, of
from derive.graph.views.adjoint_form import adjoint_equations
from derive.graph.views.application import Application, Applied
from derive.graph.views.index_form import present
from derive.graph.views.language import ViewEquation, parse_index_form
from derive.network.lowered import Lowered, Placed


@dataclass(frozen=True)
class LayerViews:
    """One layer's views: its equations, and each time that they are applied."""

    placed: Placed
    forms: tuple[str, ...]
    applications: tuple[Application, ...]
    blocks: Blocks
    negative: frozenset[int] = frozenset()
    """The adjoints that are minus the partials."""

    def index(self, application: Application) -> tuple[ViewEquation, ...]:
        """The equations in index form that an application has, going forward."""
        known = self._own.get(id(application))
        return _present(self.forms, application) if known is None else known

    @cached_property
    def _own(self) -> Mapping[int, tuple[ViewEquation, ...]]:
        """The equations of each time that the layer is applied, by the identity of that application."""
        return MappingProxyType({id(one): _present(self.forms, one) for one in self.applications})

    def backward(self, application: Application) -> tuple[ViewEquation, ...]:
        """Those going backward: what the layer adds to the adjoint of each array that it uses."""
        return self._signed(adjoint_equations(self.index(application), application), application)

    def _signed(self, equations: tuple[ViewEquation, ...], application: Application) -> tuple[ViewEquation, ...]:
        """Equations of partials as those of the deltas of the ascent form, which are minus the partials."""

        def is_negative(name: str) -> bool:
            found = application.find(name)
            return found is not None and found[1] and application.target(found[0].ids[0], adjoint=True) in self.negative

        def turned(node: Formula) -> Formula | None:
            return negate(node) if isinstance(node, Slot) and is_negative(node.name) else None

        if not self.negative:
            return equations
        rights = [rebuild(equation.right, turned) for equation in equations]
        signed = [
            negate(right) if is_negative(equation.of) else right
            for equation, right in zip(equations, rights, strict=True)
        ]
        return tuple(
            ViewEquation(equation.left, gathered(right)) for equation, right in zip(equations, signed, strict=True)
        )


def _present(texts: tuple[str, ...], application: Application) -> tuple[ViewEquation, ...]:
    found = (present(parse_index_form(text), application) for text in texts)
    return tuple(equation for equation in found if equation is not None)


def layer_views(lowered: Lowered, at_zero: int) -> tuple[LayerViews, ...]:
    """The views of every layer; `at_zero` is the convention for a derivative at a kink."""
    return tuple(_views(lowered, placed, at_zero) for placed in lowered.placed)


def _views(lowered: Lowered, placed: Placed, at_zero: int) -> LayerViews:
    constants = {key: block.first for key, block in placed.parameters.items() if not block.shape}
    used = {}
    for option, choice in activations(placed.layer):
        rule = rule_of(choice, at_zero) or activation("identity").rule
        used[option] = Applied(rule, {slot: constants[slot] for slot in rule.slots if slot in constants})
    numbers = {
        key: str(value)
        for key in type(placed.layer).model_fields
        if isinstance(value := getattr(placed.layer, key), (int, Decimal)) and not isinstance(value, bool)
    }
    scalars = {key: of(block) for key, block in placed.parameters.items() if not block.shape}
    adjoints = lowered.graph.adjoint_of
    stated = {quantity for block in placed.parameters.values() for quantity in block.ids}
    made = []
    for view in placed.views:
        tensors = {name: one for name, one in view.items() if isinstance(one, Tensor)}
        sizes = {name: str(one) for name, one in view.items() if isinstance(one, int)}
        named = {**scalars, **tensors}
        own = frozenset(name for name, tensor in named.items() if stated.intersection(tensor.ids[:1]))
        made.append(Application(named, adjoints, {**numbers, **sizes}, used, own, at_zero))
    negative = frozenset(q for block in lowered.graph.blocks.blocks if block.negative for q in block.ids)
    return LayerViews(placed, stated_forms(placed.layer), tuple(made), lowered.graph.blocks, negative)


def is_whole(graph: Graph, views: LayerViews, application: Application, name: str) -> bool:
    """Whether all that reaches the adjoint of an array comes through what this application of the layer works."""
    worked = {q for equation in views.index(application) for q in application.tensors[equation.of].ids}
    users = {user for quantity in application.tensors[name].ids for user in graph.users.get(quantity, ())}
    return all(graph.forward[user].output in worked for user in users)
