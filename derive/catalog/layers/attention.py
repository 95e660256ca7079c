"""Scaled dot-product attention, of one head or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import SOFTMAX
from derive.catalog.layers.base import Convention, Layer, Misfit, Parameter, Shapes, each_vector, one_each, with_numbers
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor, shape_text, stacked
from derive.graph.views.stated import Stated
from derive.sources.fields import Biases, Nested, Whole, shape_of

_NAMES = {"query": ("x", "q"), "key": ("y", "k"), "value": ("u", "v"), "output": ("Z", "f")}
"""What equations call the numbers that a matrix is applied to, and the result."""
_TAGS = {"query": "Q", "key": "K", "value": "V", "output": "O"}


def _projected(key: str, index: str, kind: Kind | None) -> Stated:
    """Queries, keys, values or the output, made from the numbers of a step."""
    (array, letter), tag = _NAMES[key], _TAGS[key]
    names = {f"sum(w*{array})+b": "weighted sum", f"sum(w*{array})": "weighted sum without bias"}
    inner, outer = index.split(",")
    text = f"{letter}[{outer}] = sum({inner}, w_{tag}[{inner},{outer}]*{array}[{inner}]) + b_{tag}[{outer}]"
    return Stated(text, kind, names=names)


class Attention(Layer):
    """Attention of the steps of one sequence to its own steps, or to those of a second branch.

    `query`, `key` and `value` are matrices (features, columns); without one the steps themselves are taken. Several
    heads share out the columns; `output` (columns of all values, features) follows where it is stated.
    """

    describes: ClassVar[str] = (
        "scaled dot-product attention over the steps of a sequence; with `from: [a, b]` queries come from a, keys and "
        "values from b; `heads` share out the columns in order; `causal` lets a step attend to itself and those before"
    )
    forward: ClassVar[tuple[Stated, ...]] = (
        _projected("query", "i,c", Kind.QUERY),
        _projected("key", "i,c", Kind.KEY),
        _projected("value", "i,c", Kind.VALUE),
        Stated(
            "s[m] = sum(c, Q[c]*K[m,c])/sqrt(count(c))",
            Kind.SCORE,
            names={"sum(Q*K)/sqrt(count(K))": "scaled dot product", "sum(Q*K)": "dot product"},
            textbook={"Q": "K/sqrt(count(Q))", "K": "Q/sqrt(count(Q))"},
        ),
        Stated("a[m] = exp(s[m])/sum(l, exp(s[l]))", Kind.ATTENTION, rule=SOFTMAX),
        Stated("z[c] = sum(m, a[m]*V[m,c])", Kind.ACTIVATION, "z", names="weighted values"),
        _projected("output", "c,j", None),
    )
    reference: ClassVar[str] = (
        "Vaswani et al., Attention is all you need (NIPS 2017), equation 1; several heads: section 3.2.2"
    )

    layer: Literal["attention"] = "attention"
    heads: Annotated[Whole, Field(ge=1)] = 1
    query: Biases = None
    key: Biases = None
    value: Biases = None
    output: Biases = None
    query_biases: Biases = None
    key_biases: Biases = None
    value_biases: Biases = None
    output_biases: Biases = None
    scale: bool = True
    causal: bool = False

    def stated(self) -> tuple[Stated, ...]:
        """The equations, with the scale or without it; without a matrix for it, the mixture of values is the result."""
        *projections, scores, weights, mixture, output = self.forward
        if not self.scale:
            scores = replace(scores, text=scores.text.partition("/sqrt(")[0], textbook={})
        if self.output is None:
            return (*projections, scores, weights, replace(mixture, kind=None, letter=""))
        return (*projections, scores, weights, mixture, output)

    def output_shape(self, inputs: Shapes) -> Shape:
        """One vector a query. Raises `Misfit` for anything but sequences, and for columns that do not fit."""
        if len(inputs) > 2:
            raise Misfit(
                f"takes one sequence, or one for queries and one for keys and values, not {len(inputs)}", "from"
            )
        for shape in inputs:
            if len(shape) != 2:
                raise Misfit(f"takes a sequence of vectors (steps x features), not {shape_text(shape)}")
        if self.causal and inputs[0][0] != inputs[-1][0]:
            raise Misfit("is causal, so it takes as many keys as queries", "causal")
        queries, keys, values = (width for _, width in self._widths(inputs))
        if queries != keys:
            key = "key" if self.key is not None else "query" if self.query is not None else ""
            raise Misfit(f"multiplies queries of {queries} columns with keys of {keys}, which must be as many", key)
        for what, count in (("queries and keys", queries), ("values", values)):
            if count % self.heads:
                raise Misfit(f"cannot share {count} columns of {what} among {self.heads} heads", "heads")
        return (inputs[0][0], _columns("output", self.output, values))

    def conventions(self) -> Mapping[str, Convention | None]:
        """Whether later steps are hidden."""
        return {"attention": ("causal attention", {}) if self.causal else None}

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """What is said of the scores of a single step."""
        if self.causal and inputs[0][0] == 1:
            yield "causal", "a sequence of one step has no later ones"

    def _widths(self, inputs: Shapes) -> tuple[tuple[int, int], ...]:
        """The features that queries, keys and values are made from, and their columns."""
        rows = (inputs[0][1], inputs[-1][1], inputs[-1][1])
        stated = (("query", self.query), ("key", self.key), ("value", self.value))
        return tuple((row, _columns(key, one, row)) for row, (key, one) in zip(rows, stated, strict=True))

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The matrices and biases that are stated."""
        widths = dict(zip(("query", "key", "value"), self._widths(inputs), strict=True))
        values = widths["value"][1]
        widths["output"] = (values, _columns("output", self.output, values))
        found: list[Parameter] = []
        for key, (rows, columns) in widths.items():
            weights, biases = getattr(self, key), getattr(self, f"{key}_biases")
            if weights is None and biases is not None:
                raise Misfit(f"has `{key}_biases` without `{key}`", f"{key}_biases")
            axes, each = f"a row for each of the {rows} numbers of a step", one_each(columns, f"columns of `{key}`")
            found += with_numbers(
                Parameter(key, Kind.WEIGHT, (rows, columns), weights, tag=_TAGS[key], axes=axes),
                Parameter(f"{key}_biases", Kind.BIAS, (columns,), biases, tag=_TAGS[key], axes=each),
            )
        return tuple(found)

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """Queries, keys and values; for each step the scores, their softmax, the mixture of values; the output."""
        with context.builder.within(layered=True):
            asking, asked = inputs[0], inputs[-1]
            sources = {"query": asking, "key": asked, "value": asked}
            made = {key: _of_steps(context, key, steps) for key, steps in sources.items()}
            mixed = []
            for number, query in enumerate(made["query"], 1):
                count = number if self.causal else asked.shape[0]
                with context.builder.within(time=number):
                    heads = [self._head(context, head, query, count, made) for head in range(self.heads)]
                mixed.append(Tensor([q for head in heads for q in head.ids], made["value"].shape[1:]))
            return _of_steps(context, "output", stacked(mixed))

    def _head(self, context: LayerContext, head: int, query: Tensor, count: int, made: Mapping[str, Tensor]) -> Tensor:
        """What one head makes for a query and the first so many keys: scores, their softmax, the mixture of values."""
        keys, values = (_share(_part(made[key], count), head, self.heads) for key in ("key", "value"))
        given = {"Q": _share(query, head, self.heads), "K": keys, "V": values}
        return context.work(given, "s", "a", "z", tag=f"h{head + 1}" if self.heads > 1 else "")["z"]


def _columns(key: str, stated: Nested | None, rows: int) -> int:
    """The columns of a stated matrix; as many as it has rows where it is not stated."""
    if stated is None:
        return rows
    shape = shape_of(stated)
    if shape is None:
        raise Misfit(f"has a matrix `{key}` with rows of different lengths", key)
    if not shape or len(shape) > 2 or not shape[-1]:
        raise Misfit(f"needs a matrix as `{key}`: a row for each of the {rows} numbers of a step", key)
    return shape[1] if len(shape) == 2 else 1


def _of_steps(context: LayerContext, key: str, steps: Tensor) -> Tensor:
    """A matrix applied to each step; the steps themselves where none is stated."""
    if key not in context.parameters:
        return steps
    taken, made = _NAMES[key]
    return each_vector(context, steps, lambda step: context.work({taken: step}, made)[made])


def _part(steps: Tensor, count: int) -> Tensor:
    """The first so many steps."""
    return Tensor(steps.ids[: count * steps.shape[1]], (count, steps.shape[1]))


def _share(tensor: Tensor, number: int, shares: int) -> Tensor:
    """One of equal shares of the last axis, counted from 0."""
    *outer, columns = tensor.shape
    width = columns // shares
    rows = range(number * width, len(tensor.ids), columns)
    return Tensor([q for start in rows for q in tensor.ids[start : start + width]], (*outer, width))
