"""What a layer is called in a drawing."""

from __future__ import annotations

from derive.document.context import Context
from derive.network.lowered import Placed


def block_name(context: Context, placed: Placed) -> str:
    """The layer's name in words, with its activation where it has one."""
    layer = placed.layer.layer
    name = context.locale.layer_name(layer)
    if _differs_in_kernel(context) and getattr(placed.layer, "flipped", None) is False:
        name = context.locale.cross_correlation
    function = _function(context, placed) if hasattr(placed.layer, "activation") else ""
    return f"{name}{context.locale.comma}{function}" if function and layer != "activation" else function or name


def _differs_in_kernel(context: Context) -> bool:
    """Whether some kernels are flipped and some are not."""
    chosen = (placed.layer.conventions().get("kernel") for placed in context.solution.lowered.placed)
    return len({convention[0] for convention in chosen if convention is not None}) > 1


def _function(context: Context, placed: Placed) -> str:
    """The name of the layer's activation."""
    return next((e.rule.label for e in placed.equations(context.solution.lowered.graph) if e.rule.label), "")
