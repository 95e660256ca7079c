"""Layer normalization."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.normalized import AFFINE, MEAN, NORMALIZED, VARIANCE, VectorNormalization
from derive.graph.quantity import Kind
from derive.graph.views.stated import Stated


class LayerNorm(VectorNormalization):
    """Each vector normalized by its own mean and biased variance, then scaled and shifted entry by entry."""

    describes: ClassVar[str] = "each vector normalized by its own mean and biased variance, then scaled and shifted"
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("mu = sum(i, x[i])/count(i)", Kind.MEAN, names="mean", textbook=MEAN),
        Stated("v = sum(i, (x[i]-mu)^2)/count(i)", Kind.VARIANCE, names="variance", textbook=VARIANCE),
        Stated("z[i] = (x[i]-mu)/sqrt(v+c)", Kind.NORMALIZED, names="normalized", textbook=NORMALIZED),
        Stated("f[i] = g[i]*z[i] + b[i]", names=AFFINE),
    )
    reference: ClassVar[str] = "Ba, Kiros, Hinton, Layer normalization (2016), section 3"
    called: ClassVar[str] = "a layer norm"

    layer: Literal["layer_norm"] = "layer_norm"
