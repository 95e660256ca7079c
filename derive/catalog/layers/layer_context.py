"""Where a layer's equations are worked: on which arrays, in which blocks, at which step of which sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

from derive.catalog.activations import ACTIVATIONS, activation
from derive.catalog.layers.activated import SOFTMAX, ActivationModel, activations, rule_of, with_softmax
from derive.catalog.layers.base import Layer, Parameter
from derive.graph.builder import GraphBuilder
from derive.graph.formula import Call, Slot
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Shape, Tensor, of, stacked
from derive.graph.views.application import Applied
from derive.graph.views.stated import Stated
from derive.graph.views.working import Working

Arrays = Mapping[str, Tensor]


@dataclass(frozen=True)
class LayerContext:
    """The builder, the layer, what it says of its parameters, their blocks by option, of what kind its result is."""

    builder: GraphBuilder
    layer: Layer
    stated: tuple[Parameter, ...]
    parameters: Mapping[str, Block]
    result: Kind
    views: list[Mapping[str, Tensor | int]] = field(default_factory=list)
    """For each time that the layer's equations are applied, its arrays and sizes by the names of its equations."""
    turns: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)
    """The constants that take turns, by option: one block for each sample of the batch."""

    def work(
        self,
        given: Mapping[str, Tensor | int],
        *arrays: str,
        shape: Shape | None = None,
        laid: Callable[[Tensor], Tensor] | None = None,
        lengths: Mapping[str, int] | None = None,
        tag: str = "",
    ) -> Arrays:
        """The layer's equations applied to what is `given`, or only those for some `arrays`; all arrays by name.

        Parameters need not be given, and an array that an equation defines is put where it is given. The blocks of
        the others have the indices' shape, or `shape` where that has as many entries, and are `laid` out as arrays.
        `lengths` says how far indices run that stand alone at no array's axis, `tag` what is put behind the tags of
        blocks.
        """
        equations = [one for one in self._equations if not arrays or one.of in arrays]
        tensors = {name: one for name, one in given.items() if isinstance(one, Tensor)}
        sizes = {name: one for name, one in given.items() if isinstance(one, int)}
        names = {name for one in equations for name in one.names_of_arrays}
        tensors |= {n: one for n, one in self.arrays.items() if n not in given and (n in names or n in self._constants)}
        activations = self._activations
        working = Working(self.builder, tensors, self.result, sizes, activations, lengths or {}, shape, laid, tag)
        for one in equations:
            self._work(working, one)
        outputs = [one.of for one in equations if one.of in tensors]
        made = {name: tensors[name] for name in (*(n for n in tensors if n not in outputs), *outputs)}
        self.views.append({**made, **sizes})
        return made

    def _work(self, working: Working, stated: Stated) -> None:
        """One equation; a softmax is written out, and no activation leaves an array as it is."""
        match stated.equation.right:
            case Call(option, (Slot(argument),)) if option in self._choices:
                name = self._choices[option].name
                if name == "none":
                    working.tensors[stated.of] = working.tensors[argument]
                    return
                if name == "softmax":
                    working.work(_softmax(stated, option))
                    return
        working.work(stated)

    @property
    def arrays(self) -> Arrays:
        """The parameters by the names of the layer's equations; constants that take turns are the sample's own."""
        if not self.turns:
            return self._arrays
        sample = max(self.builder.scope.sample, 1) - 1
        return {
            **self._arrays,
            **{self._name(key, blocks[sample]): of(blocks[sample]) for key, blocks in self.turns.items()},
        }

    @cached_property
    def _arrays(self) -> Arrays:
        return {self._name(key, block): of(block) for key, block in self.parameters.items()}

    def _name(self, key: str, block: Block) -> str:
        """What equations call a parameter: by a name of its own, else by its letter, with its tag behind `_`."""
        named = next(one.array for one in self.stated if one.key == key)
        return named or (f"{block.own_letter}_{block.tag}" if block.tag else block.own_letter)

    @cached_property
    def _equations(self) -> tuple[Stated, ...]:
        return self.layer.stated()

    @cached_property
    def _choices(self) -> Mapping[str, ActivationModel]:
        return dict(activations(self.layer))

    @cached_property
    def _constants(self) -> Mapping[str, int]:
        """The constants of the activations that the layer chooses."""
        return {key: self.parameters[key].first for choice in self._choices.values() for key in choice.constants}

    @cached_property
    def _activations(self) -> Mapping[str, Applied]:
        """The catalog's activations by name, and those of the layer's options."""
        at_zero = self.builder.at_zero
        found = dict(_named(at_zero))
        for option, choice in self._choices.items():
            rule = rule_of(choice, at_zero)
            if rule is not None:
                found[option] = Applied(rule, {key: self._constants[key] for key in choice.constants})
        return found


@cache
def _named(at_zero: int) -> Mapping[str, Applied]:
    """The catalog's activations that have no constants, by name."""
    alone = [name for name, one in ACTIVATIONS.items() if not one.constants]
    return {name: Applied(activation(name, at_zero).rule, {}) for name in alone}


@lru_cache(maxsize=256)
def _softmax(stated: Stated, option: str) -> Stated:
    """The equation of a softmax written out."""
    return replace(stated, text=with_softmax(stated.text, option), rule=SOFTMAX)


def each_entry(context: LayerContext, inputs: Mapping[str, Tensor], result: str) -> Tensor:
    """Arrays of one shape worked entry by entry in one block: row by row where they have rows, else in one axis."""
    shape = next(iter(inputs.values())).shape
    if len(shape) != 2:
        columns = {name: one.column for name, one in inputs.items()}
        return context.work(columns, shape=shape)[result].reshaped(shape)
    whole = of(context.builder.block(context.result, Role.FORWARD, shape))
    for *rows, own in zip(*inputs.values(), whole, strict=True):
        context.work({**dict(zip(inputs, rows, strict=True)), result: own})
    return whole


def of_steps(context: LayerContext, count: int, shape: Shape, letter: str) -> Tensor:
    """A block of the layer's result for each of the steps of a sequence."""
    parts = []
    for time in range(1, count + 1):
        with context.builder.within(time=time):
            parts.append(of(context.builder.block(context.result, Role.FORWARD, shape, letter)))
    return stacked(parts)
