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
    backward: ClassVar[tuple[str, ...]] = (
        "dg[i] = df[i]*z[i]",
        "db[i] = df[i]",
        "dz[i] = df[i]*g[i]",
        "dv = -sum(i, dz[i]*z[i])/(2*(v+c))",
        "dmu = -sum(i, dz[i])/sqrt(v+c) - 2*dv*sum(i, x[i]-mu)/count(i)",
        "dx[i] = dz[i]/sqrt(v+c) + 2*dv*(x[i]-mu)/count(i) + dmu/count(i)",
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
