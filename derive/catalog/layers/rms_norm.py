"""Root mean square normalization."""

from __future__ import annotations

from typing import ClassVar, Literal

from derive.catalog.layers.base import Here
from derive.catalog.layers.normalized import MEAN_SQUARE, OVER_ROOT, VectorNormalization
from derive.graph.quantity import Kind
from derive.graph.tensor import Tensor, of
from derive.sources.fields import Biases


class RmsNorm(VectorNormalization):
    """Each vector divided by its root mean square, then scaled entry by entry; shifted only where that is asked for."""

    describes: ClassVar[str] = "each vector divided by its root mean square, then scaled"
    formulas: ClassVar[tuple[str, ...]] = (
        "m = sum(i, x[i]^2)/count(i)",
        "z[i] = x[i]/sqrt(m+c)",
        "f[i] = g[i]*z[i] + b[i]",
    )
    matrices: ClassVar[tuple[str, ...]] = ("m = T(x)*x/rows(x)", "z = x/sqrt(m + c)", "f = g .* z + b")
    backward_matrices: ClassVar[tuple[str, ...]] = (
        "dg = df .* z",
        "db = df",
        "dz = df .* g",
        "dm = -(T(dz)*z)/(2*(m + c))",
        "dx = dz/sqrt(m + c) + 2*dm*x/rows(x)",
    )
    reference: ClassVar[str] = "Zhang and Sennrich, Root mean square layer normalization (NeurIPS 2019), equation 4"
    called: ClassVar[str] = "an RMS norm"

    layer: Literal["rms_norm"] = "rms_norm"
    shift: Biases = None

    def normalize_vector(self, here: Here, signal: Tensor) -> Tensor:
        """Mean square, normalized entries, result."""
        square = of(here.block(Kind.MEAN, letter="m"))
        here.combine(MEAN_SQUARE, square.ids[0], x=signal)
        return self.normalize(here, OVER_ROOT, signal, range(len(signal.ids)), m=square)
