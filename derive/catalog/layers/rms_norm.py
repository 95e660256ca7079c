"""Root mean square normalization."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.normalized import AFFINE, VectorNormalization
from derive.graph.quantity import Kind
from derive.graph.views.stated import Stated
from derive.sources.fields import Biases

_OVER_ROOT = "normalized by the root mean square"
_PARTIALS = {"x": "1/sqrt(m+c)", "m": "-z/(2*(m+c))", "c": "-z/(2*(m+c))"}


class RmsNorm(VectorNormalization):
    """Each vector divided by its root mean square, then scaled entry by entry; shifted only where that is asked for."""

    describes: ClassVar[str] = "each vector divided by its root mean square, then scaled"
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("m = sum(i, x[i]^2)/count(i)", Kind.MEAN, "m", names="mean square", textbook={"x": "2*x/count(x)"}),
        Stated("z[i] = x[i]/sqrt(m+c)", Kind.NORMALIZED, names=_OVER_ROOT, textbook=_PARTIALS),
        Stated("f[i] = g[i]*z[i] + b[i]", names=AFFINE),
    )
    reference: ClassVar[str] = "Zhang and Sennrich, Root mean square layer normalization (NeurIPS 2019), equation 4"
    called: ClassVar[str] = "an RMS norm"

    layer: Literal["rms_norm"] = "rms_norm"
    shift: Biases = None
