"""Layer normalization."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.base import Here
from derive.catalog.layers.normalized import MEAN, NORMALIZED, VARIANCE, VectorNormalization
from derive.graph.quantity import Kind
from derive.graph.tensor import Tensor, of


class LayerNorm(VectorNormalization):
    """Each vector normalized by its own mean and biased variance, then scaled and shifted entry by entry."""

    describes: ClassVar[str] = "each vector normalized by its own mean and biased variance, then scaled and shifted"
    formulas: ClassVar[tuple[str, ...]] = (
        "mu = sum(i, x[i])/count(i)",
        "v = sum(i, (x[i]-mu)^2)/count(i)",
        "z[i] = (x[i]-mu)/sqrt(v+c)",
        "f[i] = g[i]*z[i] + b[i]",
    )
    matrices: ClassVar[tuple[str, ...]] = (
        "mu = sum(x)/rows(x)",
        "v = sum((x - mu) .* (x - mu))/rows(x)",
        "z = (x - mu)/sqrt(v + c)",
        "f = g .* z + b",
    )
    backward_matrices: ClassVar[tuple[str, ...]] = (
        "dg = df .* z",
        "db = df",
        "dz = df .* g",
        "dv = -(T(dz)*z)/(2*(v + c))",
        "dmu = -sum(dz)/sqrt(v + c) - 2*dv*sum(x - mu)/rows(x)",
        "dx = dz/sqrt(v + c) + 2*dv*(x - mu)/rows(x) + dmu/rows(x)",
    )
    reference: ClassVar[str] = "Ba, Kiros, Hinton, Layer normalization (2016), section 3"
    called: ClassVar[str] = "a layer norm"

    layer: Literal["layer_norm"] = "layer_norm"

    def normalize_vector(self, here: Here, signal: Tensor) -> Tensor:
        """Mean, variance, normalized entries, result."""
        mean, variance = of(here.block(Kind.MEAN)), of(here.block(Kind.VARIANCE))
        here.combine(MEAN, mean.ids[0], x=signal)
        here.combine(VARIANCE, variance.ids[0], x=signal, mu=mean)
        return self.normalize(here, NORMALIZED, signal, range(len(signal.ids)), mu=mean, v=variance)
