"""Layers that somebody adds, with options and sizes of any name, each with its text for PyTorch."""

import warnings
from typing import Any, ClassVar, Literal

import derive
from derive.catalog.layers.base import Layer, Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.stated import Stated
from derive.sources.fields import Numbers

SCALED_BY = Rule("scaled entry by a function of no module", "g*x", torch="scaled_by(g, x)")


class Scale(Layer):
    """The page on adding a layer: each entry times a factor of its own."""

    describes: ClassVar[str] = "each entry times a factor of its own"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = g[i]*x[i]"),)
    reference: ClassVar[str] = "none"
    layer: Literal["scale"] = "scale"
    factors: Numbers

    def output_shape(self, inputs: Shapes) -> Shape:
        return only_input(inputs)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        return (Parameter("factors", Kind.WEIGHT, only_input(inputs), self.factors, "g"),)


class ScaleWithText(Scale):
    """The same with a text."""

    torch: ClassVar[str] = "f = g * x"


class ScaleInParentheses(Scale):
    """Its text begins and ends with a bracket, and holds a call."""

    torch: ClassVar[str] = "f = (torch.abs(x) * torch.sign(x)) * (g)"


class Line(Layer):
    """n x + p for each entry; its arrays and sizes are named as those of a window are."""

    describes: ClassVar[str] = "a line"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = n[i]*x[i]+p[i]"),)
    reference: ClassVar[str] = "none"
    torch: ClassVar[str] = "f = n * x + p + (l - d)"
    layer: Literal["line"] = "line"
    slopes: Numbers
    shifts: Numbers

    def output_shape(self, inputs: Shapes) -> Shape:
        return only_input(inputs)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        shape = only_input(inputs)
        return (
            Parameter("slopes", Kind.WEIGHT, shape, self.slopes, "n"),
            Parameter("shifts", Kind.BIAS, shape, self.shifts, "p"),
        )

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        return context.work({"x": inputs[0], "l": 3, "d": 3})["f"]


class Transposed1d(Layer):
    """A transposed convolution of one axis; l, p, n and d are lengths of its own."""

    describes: ClassVar[str] = "a transposed convolution of one axis"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("s[m,i] = sum(c, r, k[c,m,i-d*(r-1)+p]*x[c,r])+b[m]"),)
    reference: ClassVar[str] = "Dumoulin, Visin, A guide to convolution arithmetic (2016), chapter 4"
    takes_steps: ClassVar[bool] = False
    torch: ClassVar[str] = "s = F.conv_transpose1d(x, k, b, stride=d, padding=p)"
    layer: Literal["transposed1d"] = "transposed1d"
    kernel: Numbers
    stride: int = 1
    padding: int = 0
    biases: Numbers

    def _size(self) -> int:
        return len(self.kernel)

    def output_shape(self, inputs: Shapes) -> Shape:
        (length,) = only_input(inputs)
        count = (length - 1) * self.stride + self._size() - 2 * self.padding
        if count < 1:
            raise Misfit("has no entries")
        return (count,)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        del inputs
        return (
            Parameter("kernel", Kind.KERNEL, (self._size(),), self.kernel),
            Parameter("biases", Kind.BIAS, (1,), self.biases),
        )

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        length, size = inputs[0].shape[0], self._size()
        sizes = {"l": length, "p": self.padding, "n": size, "d": self.stride}
        kernel = context.arrays["k"].reshaped((1, 1, size))
        shape = self.output_shape((inputs[0].shape,))
        given = {"x": inputs[0].reshaped((1, length)), "k": kernel, **sizes}
        return context.work(given, shape=shape, lengths={"i": shape[0]})["s"].reshaped(shape)


class ScaleByRule(Scale):
    """Its rule states a function that no script knows."""

    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = g[i]*x[i]", rule=SCALED_BY),)


class RunningSum(Scale):
    """Each entry rests on the one before it, in the same array."""

    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = f[i-1] + x[i]"),)


def solved(layer: Layer, x: list[Any], samples: int = 1, **more: Any) -> derive.Solution:
    """A net of the layer and a dense unit."""
    dense = {"units": 1, "weights": "0.5", "biases": "0.1"}
    data = [{"x": [entry + number for entry in x], "y": 1} for number in range(samples)]
    tree = {"network": {"inputs": len(x), "layers": [dense]}, "data": data, "batch": {"size": samples}}
    problem = derive.Problem.model_validate({**tree, "learning_rate": "0.1", "rounds": 2, **more})
    network = problem.network.model_copy(update={"layers": (layer, *problem.network.layers)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's: the layer is none of the catalog's
        return derive.solve(problem.model_copy(update={"network": network}))
