"""The symbols of whole arrays and of their entries by index letters, in a notation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import HOLE, Tensor
from derive.graph.views.application import Application
from derive.writing.arrangement import is_joined, is_matrix, is_merged, is_regrouped, row_index, shortened
from derive.writing.notation import Notation, fill
from derive.writing.part_symbols import columns_of, part_index
from derive.writing.scripts import capital, latex_letter, marked
from derive.writing.symbols import delta_letter, loss_letter, marks

_PLAIN_LETTER = re.compile(r"[a-z](hat|bar|tilde)?\d*", re.ASCII)


@dataclass(frozen=True)
class ViewSymbols:
    """What the names of one application's views are written as.

    Where `generic`, time steps and samples are letters: `t` for the application's own step, `t-1` for the one before.
    `iteration` is the number of updates behind a matrix, where it is written.
    """

    graph: Graph
    notation: Notation
    application: Application
    several: bool
    generic: bool = False
    iteration: str = ""
    beside: frozenset[Block] = frozenset()
    """Updated blocks that are told apart from the old ones by a mark."""
    layer_l: int = 0
    """The layer whose number is the letter l, in what is said of every layer; 0 for none."""

    @property
    def own_time(self) -> int:
        """The time step of what the application works, a block or a row of one; 0 for none."""
        firsts = [
            (self.graph.blocks.of(tensor.ids[0]), len(tensor.ids)) for tensor in self.application.tensors.values()
        ]
        layer = max((block.layer for block, _ in firsts), default=0)
        own = [(block, size) for block, size in firsts if block.layer == layer and block.role is Role.FORWARD]
        is_row = any(not block.time and len(block.shape) > 1 and size < block.size for block, size in own)
        return max((block.time for block, _ in (firsts if is_row else own)), default=0)

    def letter(self, name: str) -> str:
        """The letter of an array."""
        found = self.application.find(name)
        block = None if found is None else self.graph.blocks.of(found[0].ids[0])
        return latex_letter(name) if block is None else self.notation.letter(block)

    def axes(self, name: str) -> list[int]:
        """The axes of an array whose indices are written: not one of a single entry that its block does not have."""
        tensor, _ = self._found(name)
        (own, *others), axes = self._blocks(tensor), list(range(len(tensor.shape)))
        wanted = list(own.shape)
        if others and len(axes) == len(wanted) + 2 and tensor.shape[:2] == (1, len(others) + 1):
            return axes[1:]
        if not others and len(axes) == len(wanted) + 1 and tensor.shape[0] == 1:
            return axes[1:]
        if others or len(tensor.ids) != own.size or len(wanted) >= len(axes):
            return axes
        kept = []
        for axis in axes:
            if wanted and tensor.shape[axis] == wanted[0]:
                wanted.pop(0)
                kept.append(axis)
        return axes if wanted else kept

    def entry(self, name: str, indices: Sequence[str]) -> str:
        """An entry of an array, or of its adjoint, by its indices."""
        tensor, adjoint = self._found(name)
        blocks = self._blocks(tensor)
        first = blocks[0]
        if is_joined(tensor, blocks):
            listed = marked(self._listed(tensor), [fill(self.notation.index, index=",".join(indices))])
            return fill(self.notation.derivative, of=self._loss(first), by=listed) if adjoint else listed
        if is_regrouped(tensor, blocks) and len(first.shape) > 1:
            comma = "" if all(len(one) == 1 for one in indices) else ","
            listed = self._regrouped(tensor, first, self.iteration)
            listed += fill(self.notation.index, index=comma.join(indices))
            return fill(self.notation.derivative, of=self._loss_of(blocks), by=listed) if adjoint else listed
        if is_regrouped(tensor, blocks):
            own = [*self._marks(blocks, "")[0], fill(self.notation.index, index=row_index(indices, tensor))]
            return self._written(blocks, self.notation.letter(first) or first.own_letter, own, "", adjoint=adjoint)
        if is_merged(tensor, blocks):
            listed = marked(self._listed_rows(tensor, indices[1]), [fill(self.notation.index, index=indices[0])])
            return fill(self.notation.derivative, of=self._loss(first), by=listed) if adjoint else listed
        lengths = [tensor.shape[axis] for axis in self.axes(name)]
        in_steps = len(lengths) == len(first.shape) + 1 and lengths[0] == len(blocks)
        own, rest = self._marks(blocks, indices[0] if in_steps and len(blocks) > 1 else "")
        indices = indices[1:] if rest else indices
        if len(tensor.ids) < first.size * len(blocks):
            start = self.graph.blocks.index(tensor.ids[0])
            outer = len(start) - len(tensor.shape) + rest
            indices = [f"{one}+{k - 1}" if k > 1 else one for one, k in zip(indices, start[outer:], strict=True)]
            indices = [*(["t"] if self.generic and outer == 1 else map(str, start[:outer])), *indices]
        if first.kind is Kind.WEIGHT and len(indices) == 2 and self.notation.index_order == "to-from":
            indices = indices[::-1]
        comma = "" if all(len(index) == 1 for index in indices) else ","
        own = [*own, fill(self.notation.index, index=comma.join(indices))] if indices else own
        return self._written(blocks, self.notation.letter(first) or first.own_letter, own, "", adjoint=adjoint)

    def whole(self, name: str) -> str:
        """A whole array, or its adjoint."""
        tensor, adjoint = self._found(name)
        return self._array(tensor, self.iteration, adjoint=adjoint)

    def _array(self, tensor: Tensor, iteration: str, *, adjoint: bool) -> str:
        blocks = self._blocks(tensor)
        if blocks[0].of is not None:
            return self._derived(blocks[0], blocks[0].of, tensor, iteration)
        if len(blocks) == 1 and len(tensor.ids) > 1 and is_joined(tensor, blocks):
            listed = rf"\mathrm{{vec}}({self._array(tensor.reshaped(blocks[0].shape), iteration, adjoint=False)})"
            return fill(self.notation.derivative, of=self._loss_of(blocks), by=listed) if adjoint else listed
        if is_regrouped(tensor, blocks):
            listed = self._regrouped(tensor, blocks[0], iteration)
            return fill(self.notation.derivative, of=self._loss_of(blocks), by=listed) if adjoint else listed
        if len(blocks) > 1 and is_joined(tensor, blocks):
            listed = self._listed_blocks(tensor, blocks)
            return fill(self.notation.derivative, of=self._loss(blocks[0]), by=listed) if adjoint else listed
        own, _ = self._marks(blocks, "")
        if sum(quantity != HOLE for quantity in tensor.ids) < sum(block.size for block in blocks):
            own = [*own, fill(self.notation.index, index=part_index(self.graph.blocks, tensor, blocks))]
        return self._written(blocks, self._array_letter(tensor, blocks), own, iteration, adjoint=adjoint)

    def _regrouped(self, tensor: Tensor, block: Block, iteration: str) -> str:
        """An array whose entries are taken row by row into rows and columns of other lengths."""
        size = r" \times ".join(map(str, tensor.shape))
        inner = self._array(tensor.reshaped(block.shape), iteration, adjoint=False)
        return rf"\mathrm{{mat}}_{{{size}}}({inner})"

    def _derived(self, block: Block, of: Block, tensor: Tensor, iteration: str) -> str:
        """The new values of an array, a sample's own gradient of it, or what an optimizer keeps or works for it."""
        stacked = len(tensor.ids) > of.size
        inner = Tensor(of.ids, of.shape)
        if not stacked:
            inner = Tensor([of.ids[quantity - block.first] for quantity in tensor.ids], tensor.shape)
        if block.role is Role.UPDATED:
            text = self._array(inner, str(int(iteration or 0) + 1), adjoint=False)
            return marked(text, [self.notation.updated]) if block in self.beside else text
        if block.role is Role.BACKWARD:
            by = self._array(inner, iteration, adjoint=False)
            own = loss_letter(self.graph, self.notation, block)
            loss = self.notation.letters.get(Kind.LOSS, "L") if stacked else own
            return fill(self.notation.derivative, of=loss, by=by)
        text = marked(self._optimizer_letter(block), [f"_{{{self._array(inner, '', adjoint=False)}}}"])
        return text + (self._after(iteration) if block.role is Role.GIVEN else "")

    def _optimizer_letter(self, block: Block) -> str:
        """The letter of what an optimizer keeps or works: a capital for a matrix, unless the notation has its own."""
        own = block.own_letter
        is_plain = _PLAIN_LETTER.fullmatch(own) and own not in self.notation.names and len(block.shape) > 1
        return latex_letter(own[0].upper() + own[1:]) if is_plain else self.notation.letter(block)

    def _array_letter(self, tensor: Tensor, blocks: Sequence[Block]) -> str:
        """The letter of a whole array: a capital for a matrix, a small one for a single number."""
        own = self.notation.letter(blocks[0]) or blocks[0].own_letter
        if len(tensor.ids) == 1 and not self._is_bordered(tensor):
            return own
        large = capital(self.notation.matrix_letter(blocks[0]))
        return large if is_matrix(blocks) and large not in self._other_letters(blocks[0]) else own

    def _is_bordered(self, tensor: Tensor) -> bool:
        """Whether an array is augmented, and so has more entries than its own."""
        arrays = (self._found(name)[0] for name in self.application.borders)
        return any(list(one.ids) == list(tensor.ids) for one in arrays)

    def _other_letters(self, block: Block) -> frozenset[str]:
        """The letters of other arrays of a block's layer."""
        others = (one for one in self.graph.blocks.blocks if one.layer == block.layer and one.of is None)
        return frozenset(self.notation.matrix_letter(one) for one in others if one.own_letter != block.own_letter)

    def _listed_rows(self, tensor: Tensor, column: str) -> str:
        """The entries of a column of an array, its rows one after another: the first ones and the last."""
        width, names = tensor.shape[1], []
        for start in range(0, len(tensor.ids), width):
            block = self.graph.blocks.of(tensor.ids[start])
            ends = [self.graph.blocks.index(tensor.ids[k]) for k in (start, start + width - 1)]
            own = marks(block, self.notation, several=self.several)
            numbers = [
                str(one + self.notation.first_index - 1) if one == other and width > 1 else column
                for one, other in zip(*ends, strict=True)
            ]
            comma = "," if any(len(one) > 1 for one in numbers) else ""
            letter = self.notation.letter(block) or block.own_letter
            names.append(marked(letter, [*own, fill(self.notation.index, index=comma.join(numbers))]))
        return f"({', '.join(shortened(names))})"

    def _listed(self, tensor: Tensor) -> str:
        """The entries of an array in order: the first ones and the last."""
        return f"({', '.join(shortened([self._single(quantity) for quantity in tensor.ids]))})"

    def _listed_blocks(self, tensor: Tensor, blocks: Sequence[Block]) -> str:
        """The arrays that one joins below each other, all of them or the first two and the last; else its entries."""
        if len(tensor.ids) != sum(block.size for block in blocks):
            return self._listed(tensor)
        side_by_side = columns_of(self.graph.blocks, tensor)
        if side_by_side:
            return f"({', '.join(self._array(one, self.iteration, adjoint=False) for one in side_by_side)})"
        names = []
        for block in blocks:
            own, _ = self._marks([block], "")
            names.append(marked(self.notation.matrix_letter(block), own) + self._behind())
        return f"({', '.join(shortened(names))})"

    def _behind(self) -> str:
        return self._after(self.iteration)

    def _after(self, iteration: str) -> str:
        return fill(self.notation.iteration, iteration=iteration) if iteration else ""

    def _single(self, quantity: int) -> str:
        """One entry, its sample (and its step, if it is the application's own) as a letter."""
        block = self.graph.blocks.of(quantity)
        own, _ = self._marks([block], "")
        numbers = [str(one + self.notation.first_index - 1) for one in self.graph.blocks.index(quantity)]
        index = ("," if any(len(one) > 1 for one in numbers) else "").join(numbers)
        marks_ = [*own, fill(self.notation.index, index=index)] if numbers else own
        return marked(self.notation.letter(block) or block.own_letter, marks_)

    def slice_size(self, name: str) -> int:
        """How many columns of its block an array has, where it does not have all of them; else 0."""
        tensor, _ = self._found(name)
        blocks = self._blocks(tensor)
        block, width = blocks[0], tensor.shape[-1] if tensor.shape else 1
        is_part = len(tensor.ids) < block.size * len(blocks) or is_regrouped(tensor, [block])
        return width if is_part and len(block.shape) == 1 and width < block.size else 0

    def _found(self, name: str) -> tuple[Tensor, bool]:
        found = self.application.find(name)
        if found is None:
            raise LookupError(f"no array {name!r}")
        return found

    def _blocks(self, tensor: Tensor) -> list[Block]:
        """The blocks that an array's quantities lie in, in order."""
        ids = (quantity for quantity in tensor.ids if quantity != HOLE)
        return list({(block := self.graph.blocks.of(quantity)).first: block for quantity in ids}.values())

    def _marks(self, blocks: Sequence[Block], running: str) -> tuple[list[str], bool]:
        """The marks of an array, and whether its first index is one of them, as a time step or a sample."""
        first = blocks[0]
        offset = first.layer - self.layer_l
        letter = "" if not self.layer_l else f"l{offset:+d}" if offset else "l"
        found = marks(replace(first, time=0, sample=0), self.notation, several=self.several, letter=letter)
        taken = False
        for pattern, key, letter in ((self.notation.time, "time", "t"), (self.notation.sample, "sample", "n")):
            numbers = {getattr(block, key) for block in blocks}
            if len(numbers) > 1 and running and not taken:
                found.append(fill(pattern, **{key: running}))
                taken = True
            elif len(numbers) == 1 and numbers != {0}:
                found.append(fill(pattern, **{key: self._number(numbers.pop(), letter)}))
        return found, taken

    def _number(self, number: int, letter: str) -> str:
        if not self.generic or (letter == "t" and not self.own_time):
            return str(number)
        offset = number - self.own_time if letter == "t" else 0
        return letter if not offset else f"{letter}{offset:+d}"

    def _written(self, blocks: Sequence[Block], letter: str, own: list[str], iteration: str, *, adjoint: bool) -> str:
        notation, block = self.notation, blocks[0]
        behind = "" if self._never_changes(block) else self._after(iteration)
        if not adjoint:
            return marked(letter, own) + behind
        delta = self._delta(block)
        if delta:
            after = fill(notation.delta_iteration, iteration=iteration) if iteration else ""
            is_capital = letter != (notation.letter(block) or block.own_letter)
            return marked(capital(delta) if is_capital else delta, own) + after
        return fill(notation.derivative, of=self._loss_of(blocks), by=marked(letter, own) + behind)

    def _never_changes(self, block: Block) -> bool:
        """Whether what an array holds does not go by the number of updates: targets, constants, a rate."""
        fixed = (Kind.TARGET, Kind.CONSTANT, Kind.LEARNING_RATE, Kind.STEP)
        return block.kind in fixed and self.graph.blocks.derived(block, Role.UPDATED) is None

    def _loss_of(self, blocks: Sequence[Block]) -> str:
        """The loss that adjoints are partials of: of several samples, each the partial of its own."""
        mirror = self.graph.blocks.derived(blocks[0], Role.BACKWARD)
        are_own = mirror is not None and not self.graph.is_by_total(mirror)
        if self.generic or not are_own or len({block.sample for block in blocks}) == 1:
            return self._loss(blocks[0])
        return self.notation.letters.get(Kind.LOSS, "L")

    def _delta(self, block: Block) -> str:
        """The letter of an adjoint that has one of its own; else empty."""
        mirror = self.graph.blocks.derived(block, Role.BACKWARD)
        if mirror is not None:
            return delta_letter(self.notation, mirror)
        return self.notation.delta if block.kind is Kind.PRE_ACTIVATION else ""

    def _loss(self, block: Block) -> str:
        mirror = self.graph.blocks.derived(block, Role.BACKWARD)
        if mirror is None:
            return self.notation.letters.get(Kind.LOSS, "L")
        if not mirror.sample or self.graph.is_by_total(mirror):
            return loss_letter(self.graph, self.notation, mirror)
        own = fill(self.notation.sample, sample=self._number(mirror.sample, "n"))
        return marked(self.notation.letters.get(Kind.LOSS, "L"), [own])
