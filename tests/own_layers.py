"""Layers that somebody adds, with options and sizes of any name, each with its text for PyTorch."""

import warnings
from typing import Any, ClassVar, Literal

import derive
from derive.catalog.layers.base import Here, Layer, Misfit, Parameter, Shapes, only_input
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of
from derive.sources.fields import Numbers

SCALED = Rule("scaled entry", "g*x")
SCALED_BY = Rule("scaled entry by a function of no module", "g*x", torch="scaled_by(g, x)")
MOVED = Rule("scaled and moved entry", "n*x+p")
SUMMED = Rule("running sum", "sum(x)", frozenset({"x"}))
SPREAD = Rule("spread", "sum(k*x)+b", frozenset({"k", "x"}))


class Scale(Layer):
    """The page on adding a layer: each entry times a factor of its own."""

    describes: ClassVar[str] = "each entry times a factor of its own"
    formulas: ClassVar[tuple[str, ...]] = ("f[i] = g[i]*x[i]",)
    matrices: ClassVar[tuple[str, ...]] = ("f = g .* x",)
    backward_matrices: ClassVar[tuple[str, ...]] = ("dx = g .* df", "dg = x .* df")
    reference: ClassVar[str] = "none"
    layer: Literal["scale"] = "scale"
    factors: Numbers

    def output_shape(self, inputs: Shapes) -> Shape:
        return only_input(inputs)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        return (Parameter("factors", Kind.WEIGHT, only_input(inputs), self.factors, "g"),)

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        factors = of(here.parameters["factors"])
        result = here.entrywise(SCALED, here.result, factors, inputs[0])
        here.views.append({"x": inputs[0], "g": factors, "f": result})
        return result


class ScaleWithText(Scale):
    """The same with a text."""

    torch: ClassVar[str] = "f = g * x"


class ScaleInParentheses(Scale):
    """Its text begins and ends with a bracket, and holds a call."""

    torch: ClassVar[str] = "f = (torch.abs(x) * torch.sign(x)) * (g)"


class Line(Layer):
    """n x + p for each entry; its arrays and sizes are named as those of a window are."""

    describes: ClassVar[str] = "a line"
    formulas: ClassVar[tuple[str, ...]] = ("f[i] = n[i]*x[i]+p[i]",)
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

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        slopes, shifts = of(here.parameters["slopes"]), of(here.parameters["shifts"])
        result = here.entrywise(MOVED, here.result, slopes, inputs[0], shifts)
        here.views.append({"x": inputs[0], "n": slopes, "p": shifts, "f": result, "l": 3, "d": 3})
        return result


class Transposed1d(Layer):
    """A transposed convolution of one axis; l, p, n and d are lengths of its own."""

    describes: ClassVar[str] = "a transposed convolution of one axis"
    formulas: ClassVar[tuple[str, ...]] = ("s[m,i] = sum(c, r, k[c,m,i-d*(r-1)+p]*x[c,r])+b[m]",)
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

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        (signal,) = inputs
        kernel, bias = of(here.parameters["kernel"]), of(here.parameters["biases"])
        length, size = len(signal.ids), self._size()
        result = of(here.block(here.result, self.output_shape((signal.shape,))))
        for place, output in enumerate(result.ids):
            terms = [(place - r * self.stride + self.padding, r) for r in range(length)]
            kept = [(kernel.ids[k], signal.ids[r]) for k, r in terms if 0 <= k < size]
            operands = (*(k for k, _ in kept), *(x for _, x in kept), *bias.ids)
            here.builder.equation(SPREAD.sized(len(kept)), output, operands)
        view = {"x": signal.reshaped((1, length)), "k": kernel.reshaped((1, 1, size)), "b": bias}
        sizes = {"l": length, "p": self.padding, "n": size, "d": self.stride}
        here.views.append({**view, "s": result.reshaped((1, len(result.ids))), **sizes})
        return result


class ScaleByRule(Scale):
    """Its rule states a function that no script knows."""

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        return here.entrywise(SCALED_BY, here.result, of(here.parameters["factors"]), inputs[0])


class RunningSum(Scale):
    """Each entry rests on the one before it, in the same array."""

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        result = of(here.block(here.result, inputs[0].shape))
        for place, output in enumerate(result.ids):
            before = result.ids[place - 1 : place] if place else ()
            here.builder.equation(SUMMED.sized(1 + len(before)), output, (*before, inputs[0].ids[place]))
        return result


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
