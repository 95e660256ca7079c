"""A network with a recurrent layer as a drawing over its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from derive.catalog.layers.dense import Dense
from derive.catalog.layers.dropout import Dropout
from derive.catalog.layers.embedding import Embedding
from derive.catalog.layers.entrywise import ActivationLayer
from derive.catalog.layers.recurrent import Recurrent
from derive.document.context import Context
from derive.document.pictures.geometry import Drawing
from derive.document.pictures.layer_names import block_name
from derive.document.pictures.unrolled_drawing import Row, Step, Unrolled, draw_unrolled
from derive.graph.tensor import Tensor
from derive.network.lowered import Lowered, Placed
from derive.writing.notation import fill
from derive.writing.scripts import marked
from derive.writing.symbols import marks

_STEP_BY_STEP = (Recurrent, Dense, ActivationLayer, Dropout, Embedding)
"""Layers that take each step of a sequence by itself, or hand on a state."""
_INTO, _ACROSS = "w", "u"
"""The letters of weights and recurrent weights in a layer's views."""


def is_unrolled(lowered: Lowered) -> bool:
    """Whether a network is layers one after another, one of them recurrent, that keep the steps apart."""
    placed = lowered.placed
    chained = all(layer.sources == (layer.number - 1,) for layer in placed)
    steps = lowered.inputs[0].shape[0] if lowered.inputs[0].shape else 0
    recurrent = any(isinstance(layer.layer, Recurrent) for layer in placed)
    return steps > 1 and chained and recurrent and all(_keeps_steps(layer, steps) for layer in placed)


def _keeps_steps(placed: Placed, steps: int) -> bool:
    """Whether a layer works on single steps, or on what is left after the last."""
    taken = placed.inputs[0][0].shape
    over_steps = bool(taken) and taken[0] == steps and (len(taken) > 1 or isinstance(placed.layer, Embedding))
    return isinstance(placed.layer, _STEP_BY_STEP) or not over_steps


def draw_unrolled_network(context: Context) -> Drawing:
    """The network over the steps of its first sample."""
    lowered, words = context.solution.lowered, context.locale
    inputs, steps = lowered.inputs[0], lowered.inputs[0].shape[0]
    rows = tuple(_row(context, placed, steps) for placed in lowered.placed)
    target = lowered.targets[0]
    each = bool(target.shape) and target.shape[0] == steps and len(rows[-1].steps) > 1
    targets = _by_step(context, target, steps) if each else (_array(context, target.ids),)
    loss = context.symbol(context.solution.graph.loss) if context.solution.problem.has_loss else ""
    alternative = words.unrolled_alternative.replace("<steps>", str(steps))
    alternative = alternative.replace("<layers>", words.comma.join(row.name for row in rows))
    cuts = sorted({place for row in rows for place, step in enumerate(row.steps) if step.cut})
    if cuts:
        ends = words.truncation_alternative.replace("<steps>", words.comma.join(map(str, cuts)))
        alternative += words.between_sentences + ends
    drawn = Unrolled(_by_step(context, inputs, steps), rows, targets, loss, words.truncation, alternative)
    return draw_unrolled(drawn)


def _row(context: Context, placed: Placed, steps: int) -> Row:
    name, output = block_name(context, placed), placed.outputs[0]
    if not isinstance(placed.layer, Recurrent):
        over = steps if output.shape and output.shape[0] == steps and len(output.shape) > 1 else 1
        outputs = _by_step(context, output, over) if over > 1 else (_array(context, output.ids),)
        return Row(name, "", "", tuple(Step("", cut=False, output=one) for one in outputs), carries=False, last=False)
    views = placed.views[:steps]
    cuts = [False, *(list(_tensor(before, "h").ids) != list(_entering(after).ids) for before, after in pairwise(views))]
    held = [letter for _, _, letter in placed.layer.held]
    found = tuple(
        Step(", ".join(_array(context, _tensor(view, f"{letter}_before").ids) for letter in held), cut, output=after)
        for view, cut, after in zip(views, cuts, (_array(context, _tensor(v, "h").ids) for v in views), strict=True)
    )
    into, across = (_weights(context, views[0], letter) for letter in (_INTO, _ACROSS))
    return Row(name, into, across, found, carries=True, last=placed.layer.returns == "last")


def _entering(view: Mapping[str, Tensor | int]) -> Tensor:
    return _tensor(view, "h_before")


def _tensor(view: Mapping[str, Tensor | int], name: str) -> Tensor:
    found = view[name]
    if isinstance(found, int):
        raise LookupError(f"{name} is a number, not an array")
    return found


def _weights(context: Context, view: Mapping[str, Tensor | int], letter: str) -> str:
    """The weights that begin with a letter, one a gate."""
    names = [name for name in view if name.split("_")[0] == letter]
    return ", ".join(_array(context, _tensor(view, name).ids) for name in names)


def _by_step(context: Context, tensor: Tensor, steps: int) -> tuple[str, ...]:
    ids = list(tensor.ids)
    size = len(ids) // steps
    return tuple(_array(context, ids[size * step : size * (step + 1)]) for step in range(steps))


def _array(context: Context, ids: Sequence[int]) -> str:
    """The symbol of one quantity, or of several that are entries of one block."""
    if len(ids) == 1:
        return context.symbol(ids[0])
    blocks, notation = context.solution.graph.blocks, context.notation
    block = blocks.of(ids[0])
    several = len({one.layer for one in blocks.blocks if one.layer}) > 1
    own = marks(block, notation, several=several)
    if len(ids) < block.size:
        own = [*own, fill(notation.index, index=blocks.index(ids[0])[0] - 1 + notation.first_index)]
    return marked(notation.matrix_letter(block), own)
