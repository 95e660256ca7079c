"""Embedding: token numbers looked up in a table of vectors."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.base import Layer, Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext, of_steps
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.graph.views.stated import Stated
from derive.sources.fields import Numbers, Whole, shape_of

_FROM_TABLE = Stated(
    "e[t,j] = sum(k, equals(x[t], k)*E[k,j])",
    letter="e",
    names="embedding lookup",
    textbook={"x": "0", "E": "equals(x,member(E))"},
    detached=frozenset({"x"}),
    worked="e[t,j] = take(x[t], all(k, E[k,j]))",
)
"""The entry that the token counts to; its partial by an entry is 1 for that one and 0 for the others."""

_Count = Annotated[Whole, Field(ge=1, le=10000)]


class Embedding(Layer):
    """A table with a row for each token of the vocabulary; tokens are counted from 1.

    The input is a vector of T token numbers, the network's own; the result is a sequence (T, dimension).
    """

    describes: ClassVar[str] = "token numbers, counted from 1, looked up in a table with a row for each"
    forward: ClassVar[tuple[Stated, ...]] = (_FROM_TABLE,)
    reference: ClassVar[str] = (
        "Bengio, Ducharme, Vincent, Jauvin, A neural probabilistic language model (2003), section 2"
    )
    takes_steps: ClassVar[bool] = False

    layer: Literal["embedding"] = "embedding"
    table: Numbers
    vocabulary: _Count | None = None
    dimension: _Count | None = None

    def output_shape(self, inputs: Shapes) -> Shape:
        """(T, dimension). Raises `Misfit` for anything but a vector of tokens, or a table whose size is not known."""
        shape = only_input(inputs)
        if len(shape) != 1:
            raise Misfit(f"takes a vector of token numbers, not {shape_text(shape)}")
        return (shape[0], self._sizes()[1])

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The table (vocabulary, dimension)."""
        del inputs
        axes = "a row for each token of the vocabulary, a column for each of the vector's entries"
        return (Parameter("table", Kind.EMBEDDING, self._sizes(), self.table, axes=axes),)

    def misreads(self, number: Decimal) -> str:
        """A number that counts to no row of the table."""
        count = (shape_of(self.table) or (0,))[0] if self.vocabulary is None else self.vocabulary
        if number == number.to_integral_value() and 1 <= number <= count:
            return ""
        return f"expected the number of a token, from 1 to {count}"

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """A block for each token's vector, each entry of it chosen from a column of the table."""
        (tokens,) = inputs
        vectors = of_steps(context, len(tokens.ids), (self._sizes()[1],), "e")
        return context.work({"x": tokens, "e": vectors})["e"]

    def _sizes(self) -> tuple[int, int]:
        """The vocabulary and the dimension: as written, else as the table has them."""
        stated = shape_of(self.table)
        if stated is None:
            raise Misfit("`table`: rows of different lengths", "table")
        rows, columns = stated if len(stated) == 2 else (None, None)
        vocabulary, dimension = self.vocabulary or rows, self.dimension or columns
        if vocabulary is None or dimension is None:
            raise Misfit(
                "`table`: expected a row for each token; for one number throughout, add `vocabulary` and `dimension`",
                "table",
            )
        return vocabulary, dimension
