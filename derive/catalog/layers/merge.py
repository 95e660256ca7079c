"""Branches that meet: added (a residual connection), multiplied entry by entry, or joined."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.base import Forms, Here, Layer, Misfit, Shapes
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of, shape_text

_SUM = Rule("sum of branches", "sum(x)", frozenset({"x"}))
_PRODUCT = Rule("product of two branches", "a*b")


def _same_shape(inputs: Shapes) -> Shape:
    if len(set(inputs)) != 1:
        raise Misfit("takes branches of one shape, not " + " and ".join(map(shape_text, inputs)), "from")
    return inputs[0]


def _several(inputs: Shapes) -> None:
    if len(inputs) < 2:
        raise Misfit("joins two or more branches; name them in `from`", "from")


def _state(here: Here, inputs: tuple[Tensor, ...], result: Tensor) -> None:
    """The views of branches and their result: step by step for sequences of vectors, else in one axis."""
    if len(result.shape) == 2:
        for *branches, row in zip(*inputs, result, strict=True):
            here.views.append({**{f"x{number}": one for number, one in enumerate(branches, 1)}, "f": row})
    else:
        columns = {f"x{number}": tensor.column for number, tensor in enumerate(inputs, 1)}
        here.views.append({**columns, "f": result.column})


class Add(Layer):
    """The sum of branches, entry by entry: a residual connection."""

    describes: ClassVar[str] = "branches added entry by entry (a residual connection)"
    formulas: ClassVar[tuple[str, ...]] = ("f[i] = x1[i] + x2[i]",)
    matrices: ClassVar[tuple[str, ...]] = ("f = x1 + x2",)
    backward_matrices: ClassVar[tuple[str, ...]] = ("dx1 = df", "dx2 = df")
    reference: ClassVar[str] = "He, Zhang, Ren, Sun, Deep residual learning (CVPR 2016), equation 1"

    layer: Literal["add"] = "add"

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def forms(self) -> Forms:
        """The sum of as many branches as there are."""
        names = [f"x{number}" for number in range(1, len(self.from_) + 1)]
        return Forms(
            (f"f[i] = {' + '.join(f'{name}[i]' for name in names)}",),
            (f"f = {' + '.join(names)}",),
            tuple(f"d{name} = df" for name in names),
        )

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the branches."""
        _several(inputs)
        return _same_shape(inputs)

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """One sum an entry."""
        block = here.block(here.result, inputs[0].shape)
        sized = _SUM.sized(len(inputs))
        for output, *parts in zip(block.ids, *(branch.ids for branch in inputs), strict=True):
            here.builder.equation(sized, output, parts)
        _state(here, inputs, of(block))
        return of(block)


class Multiply(Layer):
    """The product of two branches, entry by entry: a gate."""

    describes: ClassVar[str] = "two branches multiplied entry by entry (a gate)"
    formulas: ClassVar[tuple[str, ...]] = ("f[i] = x1[i]*x2[i]",)
    matrices: ClassVar[tuple[str, ...]] = ("f = x1 .* x2",)
    backward_matrices: ClassVar[tuple[str, ...]] = ("dx1 = df .* x2", "dx2 = df .* x1")
    reference: ClassVar[str] = "Goodfellow, Bengio, Courville, Deep Learning (2016), section 2.1"

    layer: Literal["multiply"] = "multiply"

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the branches."""
        _several(inputs)
        if len(inputs) != 2:
            raise Misfit(f"takes two branches, not {len(inputs)}", "from")
        return _same_shape(inputs)

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """One product an entry."""
        outputs = here.entrywise(_PRODUCT, here.result, *inputs)
        _state(here, inputs, outputs)
        return outputs


class Concatenate(Layer):
    """Branches joined along their last axis; no equations."""

    describes: ClassVar[str] = "branches joined along their last axis"
    formulas: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "Huang, Liu, van der Maaten, Weinberger, DenseNet (CVPR 2017), equation 2"

    layer: Literal["concatenate"] = "concatenate"

    @property
    def is_familiar(self) -> bool:
        """The entries are only taken, ordered, added or multiplied; or they go through an activation."""
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        """The last axes one after another."""
        _several(inputs)
        if len({shape[:-1] for shape in inputs}) != 1:
            raise Misfit("takes branches alike but for their last axis, not " + " and ".join(map(shape_text, inputs)))
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """The same quantities in one array."""
        del here
        widths = [tensor.shape[-1] for tensor in inputs]
        rows = len(inputs[0].ids) // widths[0]
        ids = [
            quantity
            for row in range(rows)
            for tensor, width in zip(inputs, widths, strict=True)
            for quantity in tensor.ids[row * width : (row + 1) * width]
        ]
        return Tensor(ids, (*inputs[0].shape[:-1], sum(widths)))
