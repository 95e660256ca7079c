"""Scaled dot-product attention, of one head or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import SOFTMAX
from derive.catalog.layers.base import Forms, Here, Layer, Misfit, Parameter, Shapes
from derive.catalog.layers.dense import AFFINE, LINEAR, weighted_sums
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of, shape_text, stacked
from derive.sources.fields import Biases, Nested, Whole, shape_of

_SCORED = frozenset({"q", "k"})
SCALED_SCORE = Rule(
    "scaled dot product",
    "sum(q*k)/sqrt(count(q))",
    _SCORED,
    textbook={"q": "k/sqrt(count(q))", "k": "q/sqrt(count(q))"},
)
"""One entry of Q K^T / sqrt(d_k); Vaswani et al. (NIPS 2017), equation 1."""
SCORE = Rule("dot product", "sum(q*k)", _SCORED)
MIXTURE = Rule("weighted values", "sum(a*v)", frozenset({"a", "v"}))

_NAMES = {"query": ("x", "q"), "key": ("y", "k"), "value": ("u", "v"), "output": ("Z", "f")}
"""What forms call the numbers that a matrix is applied to, and the result."""
_TAGS = {"query": "Q", "key": "K", "value": "V", "output": "O"}


def _projection(letter: str, tag: str, array: str) -> tuple[str, str, tuple[str, ...]]:
    """The views of queries, keys or values made from the numbers of a step."""
    return (
        f"{letter}[c] = sum(i, w_{tag}[i,c]*{array}[i]) + b_{tag}[c]",
        f"{letter} = T(w_{tag})*{array} + b_{tag}",
        (f"dw_{tag} = {array}*T(d{letter})", f"db_{tag} = d{letter}", f"d{array} = w_{tag}*d{letter}"),
    )


class Attention(Layer):
    """Attention of the steps of one sequence to its own steps, or to those of a second branch.

    `query`, `key` and `value` are matrices (features, columns); without one the steps themselves are taken. Several
    heads share out the columns; `output` (columns of all values, features) follows where it is stated.
    """

    describes: ClassVar[str] = (
        "scaled dot-product attention over the steps of a sequence; with `from: [a, b]` queries come from a, keys and "
        "values from b; `heads` share out the columns in order; `causal` lets a step attend to itself and those before"
    )
    formulas: ClassVar[tuple[str, ...]] = (
        *(_projection(*names)[0] for names in (("q", "Q", "x"), ("k", "K", "y"), ("v", "V", "u"))),
        "s[m] = sum(c, Q[c]*K[m,c])/sqrt(count(c))",
        "a[m] = exp(s[m])/sum(l, exp(s[l]))",
        "z[c] = sum(m, a[m]*V[m,c])",
        "f[j] = sum(c, w_O[c,j]*Z[c]) + b_O[j]",
    )
    matrices: ClassVar[tuple[str, ...]] = (
        *(_projection(*names)[1] for names in (("q", "Q", "x"), ("k", "K", "y"), ("v", "V", "u"))),
        "s = K*Q/sqrt(columns(K))",
        "a = softmax(s)",
        "z = T(V)*a",
        "f = T(w_O)*Z + b_O",
    )
    backward_matrices: ClassVar[tuple[str, ...]] = (
        "dw_O = Z*T(df)",
        "db_O = df",
        "dZ = w_O*df",
        "da = V*dz",
        "dV = a*T(dz)",
        "ds = a .* da - a*(T(a)*da)",
        "dQ = T(K)*ds/sqrt(columns(K))",
        "dK = ds*T(Q)/sqrt(columns(K))",
        *_projection("q", "Q", "x")[2],
        *_projection("k", "K", "y")[2],
        *_projection("v", "V", "u")[2],
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

    def forms(self) -> Forms:
        """The equations, with the scale or without it; no matrices for several heads: a head's columns have no name."""
        stated = super().forms()
        if self.heads > 1:
            stated = replace(stated, matrices=(), backward_matrices=())
        return stated if self.scale else stated.changed(lambda text: text.partition("/sqrt(")[0])

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
        found = []
        for key, (rows, columns) in widths.items():
            weights, biases = getattr(self, key), getattr(self, f"{key}_biases")
            if weights is not None:
                axes = f"a row for each of the {rows} numbers of a step"
                found.append(Parameter(key, Kind.WEIGHT, (rows, columns), weights, tag=_TAGS[key], axes=axes))
            elif biases is not None:
                raise Misfit(f"has `{key}_biases` without `{key}`", f"{key}_biases")
            if biases is not None:
                each = f"one for each of the {columns} columns of `{key}`"
                found.append(Parameter(f"{key}_biases", Kind.BIAS, (columns,), biases, tag=_TAGS[key], axes=each))
        return tuple(found)

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """Queries, keys and values; for each step the scores, their softmax, the mixture of values; the output."""
        with here.builder.within(layered=True):
            asking, asked = inputs[0], inputs[-1]
            made = {
                "query": _projected(here, "query", Kind.QUERY, asking),
                "key": _projected(here, "key", Kind.KEY, asked),
                "value": _projected(here, "value", Kind.VALUE, asked),
            }
            mixed = []
            for number, step in enumerate(asking, 1):
                with here.builder.within(time=number):
                    seen = {"x": step, "y": _part(asked, number) if self.causal else asked}
                    heads = [self._head(here, head, number, seen, made) for head in range(self.heads)]
                mixed.append(Tensor([q for head in heads for q in head.ids], made["value"].shape[1:]))
            return _projected(here, "output", here.result, stacked(mixed))

    def _head(
        self, here: Here, head: int, number: int, seen: Mapping[str, Tensor], made: Mapping[str, Tensor]
    ) -> Tensor:
        """What one head makes for query `number` (from 1): its scores, their softmax, the mixture of values."""
        count = seen["y"].shape[0]
        own = {key: _share(tensor, head, self.heads) for key, tensor in made.items()}
        query = list(own["query"])[number - 1]
        keys, values = _part(own["key"], count), _part(own["value"], count)
        tag = f"h{head + 1}" if self.heads > 1 else ""
        scores = of(here.block(Kind.SCORE, (count,), tag=tag))
        rule = SCALED_SCORE if self.scale else SCORE
        for output, key in zip(scores.ids, keys, strict=True):
            here.combine(rule, output, q=query, k=key)
        weights = here.members(SOFTMAX, Kind.ATTENTION, scores, tag=tag)
        kind, letter = (here.result, "") if self.output is None else (Kind.ACTIVATION, "z")
        result = of(here.block(kind, values.shape[1:], letter, tag))
        for column, output in enumerate(result.ids):
            here.combine(MIXTURE, output, a=weights, v=_share(values, column, values.shape[1]).column)
        here.views.append({"Q": query, "K": keys, "V": values, "s": scores, "a": weights, "z": result})
        return result


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


def _projected(here: Here, key: str, kind: Kind, steps: Tensor) -> Tensor:
    """A matrix applied to each step; the steps themselves where none is stated."""
    if key not in here.parameters:
        return steps
    weights, biases = of(here.parameters[key]), here.parameters.get(f"{key}_biases")
    more = [()] * weights.shape[1] if biases is None else [(one,) for one in biases.ids]
    results = []
    for time, step in enumerate(steps, 1):
        with here.builder.within(time=time):
            results.append(of(here.block(kind, weights.shape[1:])))
            weighted_sums(here, LINEAR if biases is None else AFFINE, weights, step, results[-1], more)
        taken, given = _NAMES[key]
        stated = {} if biases is None else {f"b_{_TAGS[key]}": of(biases)}
        here.views.append({taken: step, f"w_{_TAGS[key]}": weights, **stated, given: results[-1]})
    return stacked(results)


def _part(steps: Tensor, count: int) -> Tensor:
    """The first so many steps."""
    return Tensor(steps.ids[: count * steps.shape[1]], (count, steps.shape[1]))


def _share(tensor: Tensor, number: int, shares: int) -> Tensor:
    """One of equal shares of the last axis, counted from 0."""
    *outer, columns = tensor.shape
    width = columns // shares
    rows = range(number * width, len(tensor.ids), columns)
    return Tensor([q for start in rows for q in tensor.ids[start : start + width]], (*outer, width))
