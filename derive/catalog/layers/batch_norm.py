"""Batch normalization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import ClassVar, Literal

from derive.catalog.layers.base import Misfit, Parameter, Shapes, one_each, only_input
from derive.catalog.layers.layer_context import LayerContext
from derive.catalog.layers.norms import AFFINE, MEAN, NORMALIZED, VARIANCE, Normalization, Share
from derive.graph.equations import Equation
from derive.graph.quantity import Kind, Role
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, joined, shape_text
from derive.graph.views.stated import Stated
from derive.sources.fields import Numbers


@cache
def running_average(momentum_of: str, of_batch: str) -> Rule:
    """A running average `r` from what the batch has; the momentum `a` is the share of the batch, or of what was."""
    old, new = ("(1-a)", "a") if momentum_of == "batch" else ("a", "(1-a)")
    return Rule("running average", f"{old}*r+{new}*{of_batch}")


_RUNNING = (("running_mean", Kind.MEAN, "mu", 0), ("running_variance", Kind.VARIANCE, "v", 1))


class BatchNorm(Normalization):
    """Each feature normalized over the samples of the batch, or at test time by its running averages.

    The features of a vector are its entries. Those of an image (C, H, W) are its channels, taken over all places too
    (`axis: first`); those of a sequence (T, d) with `axis: last` are the d entries. Running averages are kept where
    `running_mean`, `running_variance` or `momentum` is written; they start at 0 and 1.
    """

    describes: ClassVar[str] = (
        "each feature normalized by its mean and biased variance over a batch (at test time by running averages), "
        "then scaled and shifted"
    )
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("mu[j] = sum(n, x[n,j])/count(n)", Kind.MEAN, names="mean", textbook=MEAN),
        Stated("v[j] = sum(n, (x[n,j]-mu[j])^2)/count(n)", Kind.VARIANCE, names="variance", textbook=VARIANCE),
        Stated("z[n,j] = (x[n,j]-mu[j])/sqrt(v[j]+c)", Kind.NORMALIZED, names="normalized", textbook=NORMALIZED),
        Stated("f[n,j] = g[j]*z[n,j] + b[j]", names=AFFINE),
    )
    reference: ClassVar[str] = "Ioffe and Szegedy, Batch normalization (ICML 2015), algorithms 1 and 2"

    layer: Literal["batch_norm"] = "batch_norm"
    phase: Literal["training", "test"] = "training"
    axis: Literal["first", "last"] | None = None
    running_mean: Numbers | None = None
    running_variance: Numbers | None = None
    running: Literal["unbiased", "biased"] = "unbiased"
    momentum: Share | None = None
    momentum_of: Literal["batch", "running"] = "batch"

    @property
    def mixes_samples(self) -> bool:
        """In training."""
        return self.phase == "training"

    def stated(self) -> tuple[Stated, ...]:
        """The equations; at test time without those for mean and variance, which are given."""
        return super().stated() if self.phase == "training" else super().stated()[2:]

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the input. Raises `Misfit` where it is not clear which axis the features lie along."""
        shape = only_input(inputs)
        if len(shape) == 2 and self.axis is None:
            raise Misfit(
                f"takes {shape_text(shape)} in two ways: write `axis: first` for channels, `axis: last` for a sequence "
                "of vectors; give an image of one channel an axis for it",
                "axis",
            )
        if self.phase == "test" and (self.running_mean is None or self.running_variance is None):
            raise Misfit(
                "works at test time with running averages: write `running_mean` and `running_variance`", "phase"
            )
        return shape

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Scale and shift, one for each feature; running averages and their momentum, which are not trained."""
        count = self._count(only_input(inputs))
        axes, is_training = one_each(count, "features from <whence>"), self.phase == "training"
        found = [*self.affine(count, "features from <whence>")]
        for key, kind, letter, start in _RUNNING if self._keeps else ():
            stated, array = getattr(self, key), "" if is_training else letter
            numbers = Decimal(start) if stated is None else stated
            found.append(Parameter(key, kind, (count,), numbers, letter, "r", trainable=False, axes=axes, array=array))
        if self._keeps and is_training:
            share = Decimal("0.1") if self.momentum is None else self.momentum
            found.append(Parameter("momentum", Kind.CONSTANT, (), share, "a", trainable=False))
        return tuple(found)

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """The axis of a vector; how running averages are updated that there are not, or that stay at test time."""
        if self.axis is not None and len(only_input(inputs)) == 1:
            yield "axis", "a vector has one axis"
        if self.phase == "test":
            why = "at test time running averages stay as they are"
        elif not self._keeps:
            why = "it keeps no running averages; write `momentum` for that"
        else:
            return
        yield from ((key, why) for key in self.changed("momentum", "running", "momentum_of"))

    @property
    def _keeps(self) -> bool:
        """Whether there are running averages."""
        return any(one is not None for one in (self.running_mean, self.running_variance, self.momentum))

    def _count(self, shape: Shape) -> int:
        return shape[-1] if self.axis == "last" else shape[0]

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """At test time: each entry normalized by the running averages."""
        return self._normalized(context, inputs[0], {})

    def apply_batch(self, context: LayerContext, batch: Sequence[tuple[Tensor, ...]]) -> list[Tensor]:
        """Mean and variance of each feature over the batch, its running averages, then each sample's entries."""
        if self.phase == "test":
            return super().apply_batch(context, batch)
        seen = len(context.views)
        entries = joined([self._rows(inputs[0]) for inputs in batch])
        statistics = context.work({"x": entries}, "mu", "v")
        if self._keeps:
            number = entries.shape[0]
            unbiased = f"({number}/{number - 1})*s"
            self._update(context, "running_mean", statistics["mu"], "s")
            self._update(context, "running_variance", statistics["v"], unbiased if self.running == "unbiased" else "s")
        results = []
        for number, inputs in enumerate(batch, 1):
            with context.builder.within(sample=number):
                results.append(self._normalized(context, inputs[0], {name: statistics[name] for name in ("mu", "v")}))
        own = context.views[seen + 1 :]
        made = [name for name in ("x", "z", "f") if name in own[0]]
        whole = {name: joined([one for view in own if isinstance(one := view[name], Tensor)]) for name in made}
        context.views[seen:] = [{**statistics, **own[0], **whole}]
        return results

    def _normalized(self, context: LayerContext, signal: Tensor, statistics: Mapping[str, Tensor]) -> Tensor:
        """What is made of a sample, in its shape."""
        arrays = [one.of for one in self.stated() if one.of not in ("mu", "v")]
        made = context.work({"x": self._rows(signal), **statistics}, *arrays, shape=signal.shape, laid=self._rows)
        return self._unrowed(made[arrays[-1]], signal.shape)

    def _rows(self, array: Tensor) -> Tensor:
        """A row for each place, a column for each feature."""
        count = self._count(array.shape)
        places = len(array.ids) // count
        if self.axis == "last":
            return array.reshaped((places, count))
        ids = [one for place in range(places) for one in array.ids[place::places]]
        return Tensor(ids, (places, count))

    def _unrowed(self, rows: Tensor, shape: Shape) -> Tensor:
        """The rows as an array of a sample's shape again."""
        if self.axis == "last":
            return rows.reshaped(shape)
        return Tensor([one for feature in range(rows.shape[1]) for one in rows.ids[feature :: rows.shape[1]]], shape)

    def _update(self, context: LayerContext, key: str, statistics: Tensor, of_batch: str) -> None:
        """The running averages that the next round starts with."""
        block, share = context.parameters[key], context.parameters["momentum"].first
        rule = running_average(self.momentum_of, of_batch)
        new = context.builder.derived(block, Role.UPDATED, block.kind)
        for output, old, own in zip(new.ids, block.ids, statistics.ids, strict=True):
            known = {"a": share, "r": old, "s": own}
            context.builder.state_updates.append(
                Equation(rule.sized(), output, tuple(known[slot] for slot in rule.slots))
            )
