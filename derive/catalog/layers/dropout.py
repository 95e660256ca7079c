"""Dropout with a given mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import model_validator

from derive.catalog.layers.base import Layer, Parameter, Shapes, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.stated import Stated
from derive.sources.fields import Numbers, WrittenNumber, flat, shape_of
from derive.sources.validate import mistake


class Dropout(Layer):
    """Entries multiplied by a mask of 0 and 1, given for all samples or for each sample in turn.

    `rate` is the probability of being dropped, `keep` that of being kept. Inverted, what is kept is divided by the
    probability of being kept, and nothing is done at test time; otherwise entries are multiplied by it at test time.
    """

    describes: ClassVar[str] = "entries dropped by a given mask of 0 and 1; inverted (scaled up in training) or not"
    forward: ClassVar[tuple[Stated, ...]] = (Stated("f[i] = m[i]*x[i]/(1-p)", names="inverted dropout"),)
    reference: ClassVar[str] = "Srivastava et al., Dropout (JMLR 2014), section 4; inverted: section 10"

    layer: Literal["dropout"] = "dropout"
    mask: Numbers | None = None
    rate: WrittenNumber | None = None
    keep: WrittenNumber | None = None
    inverted: bool = True
    phase: Literal["training", "test"] = "training"

    @model_validator(mode="after")
    def _complete(self) -> Dropout:
        if self.rate is not None and self.keep is not None:
            raise mistake("give `rate` or `keep`, not both")
        if self.rate is not None and not 0 <= self.rate < 1:
            raise mistake(f"`rate`: expected a share of at least 0 and below 1 to be dropped, not {self.rate}")
        if self.keep is not None and not 0 < self.keep <= 1:
            raise mistake(f"`keep`: expected a share above 0 and up to 1 to be kept, not {self.keep}")
        if self._scales and self.rate is None and self.keep is None:
            raise mistake("`rate` is missing (or `keep`): what is kept is scaled by it")
        if self.phase == "training" and self.mask is None:
            raise mistake("`mask` is missing: 0 for each entry that is dropped, 1 for each that is kept")
        wrong = [] if self.mask is None else [one for one in flat(self.mask) if one not in (0, 1)]
        if wrong:
            raise mistake(f"`mask`: expected 0 or 1, not {wrong[0]}")
        return self

    @property
    def _scales(self) -> bool:
        return self.inverted == (self.phase == "training")

    def stated(self) -> tuple[Stated, ...]:
        """The equation with the scale that there is, by the rate or by what is kept; none where nothing is done."""
        (one,) = self.forward
        kept = "(1-p)" if self.rate is not None else "k"
        if self.phase == "test":
            text = one.text.replace("m[i]", kept).replace("/(1-p)", "")
            return () if self.inverted else (replace(one, text=text, names="dropout at test time"),)
        if not self.inverted:
            return (replace(one, text=one.text.replace("/(1-p)", ""), names="dropout"),)
        return (replace(one, text=one.text.replace("(1-p)", kept), textbook={"x": f"m/{kept}"}),)

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the input."""
        return only_input(inputs)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The mask, shaped like the input, and the probability, where they are used; all of them constants."""
        shape = only_input(inputs)
        found = []
        if self.phase == "training" and self.mask is not None:
            turns = len(shape_of(self.mask) or ()) > len(shape)
            axes = "one for each entry from <whence>, or a list of such masks, one for each sample in turn"
            found.append(Parameter("mask", Kind.MASK, shape, self.mask, trainable=False, axes=axes, takes_turns=turns))
        share = ("rate", self.rate, "p") if self.rate is not None else ("keep", self.keep, "k")
        if self._scales and share[1] is not None:
            found.append(Parameter(share[0], Kind.CONSTANT, (), share[1], share[2], trainable=False))
        return tuple(found)

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """A mask at test time, and a share by which nothing is scaled."""
        del inputs
        if self.phase == "test" and self.mask is not None:
            yield "mask", "at test time nothing is dropped"
        why = "what is kept is scaled at test time" if self.phase == "training" else "inverted, it scales in training"
        for key in ("rate", "keep"):
            if not self._scales and getattr(self, key) is not None:
                yield key, why

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """One product an entry; none at test time where dropout is inverted."""
        (signal,) = inputs
        if not self.stated():
            return signal
        masks = {name: one.column for name, one in context.arrays.items() if name == "m"}
        return context.work({"x": signal.column, **masks}, shape=signal.shape)["f"].reshaped(signal.shape)
