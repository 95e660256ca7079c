"""A network of any layers as a block diagram."""

from __future__ import annotations

from derive.document.context import Context
from derive.document.pictures.block_drawing import draw_blocks
from derive.document.pictures.block_figures import Block
from derive.document.pictures.geometry import Drawing
from derive.document.pictures.layer_names import block_name
from derive.graph.tensor import Shape
from derive.network.lowered import Placed

_PLUS, _TIMES = "+", r"\odot"
_SIGNS = {"add": _PLUS, "multiply": _TIMES}


def draw_layers(context: Context) -> Drawing:
    """Inputs, one block a layer, the loss with the targets beside it."""
    lowered, words = context.solution.lowered, context.locale
    inputs, targets = lowered.inputs[0], lowered.targets[0]
    blocks = [Block("0", words.input_layer, _shape(inputs.shape))]
    blocks += [_block(context, placed) for placed in lowered.placed]
    blocks += [Block("loss", words.loss_in_drawing, context.symbol(context.solution.graph.loss))]
    blocks += [Block("target", words.target, _shape(targets.shape))]
    arrows = [(str(source), str(placed.number)) for placed in lowered.placed for source in placed.sources]
    arrows += [(str(len(lowered.placed)), "loss"), ("target", "loss")]
    names = words.comma.join(block.name for block in blocks[1:-2])
    return draw_blocks(blocks, arrows, words.layers_alternative.replace("<layers>", names))


def _block(context: Context, placed: Placed) -> Block:
    symbol = _SIGNS.get(placed.layer.layer, "")
    return Block(str(placed.number), block_name(context, placed), _shape(placed.outputs[0].shape), symbol)


def _shape(shape: Shape) -> str:
    return r" \times ".join(map(str, shape)) if shape else "1"
