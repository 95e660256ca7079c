"""The lines of a round: the forward pass, what is read off after the backward pass, the update."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from derive.catalog.layers.equations import Equations
from derive.errors import FormulaError, InputError
from derive.exports.pytorch.arrays import ArrayPrinter
from derive.exports.pytorch.families import Family, families, in_order
from derive.exports.pytorch.pieces import Piece
from derive.exports.pytorch.workspace import Workspace, entry
from derive.graph.array_grammar import parse_array
from derive.graph.formula import ZERO
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Tensor, of


def forward_lines(space: Workspace) -> Iterator[str]:
    """A line for each variable of the forward pass, each after what it rests on.

    Raises `InputError` for what PyTorch has no operation for, and for numbers that rest on one another.
    """
    order = _forward_order(space)
    space.promise(order)
    for family in order:
        first = family.blocks[0].first
        found = refusing(space, family, lambda: _forward_value(space, family))  # noqa: B023 - called at once
        if first in space.losses.equations and space.losses.reason:
            yield f"# {space.losses.reason}"
        yield f"{space.introduce(family, number=found.number).name} = {found.text}"


def _forward_order(space: Workspace) -> list[Family]:
    """The variables of the forward pass in an order in which they can be worked."""
    outputs = dict.fromkeys(space.blocks.of(equation.output) for equation in space.forward)
    order, stuck = in_order(families(outputs), space.printing.equations, space.blocks)
    if not stuck:
        return order
    name = space.blocks.names[stuck[0].blocks[0].first]
    raise InputError.single(
        f"--format pytorch: {name} and what follows rest on one another entry by entry; a script works whole arrays"
    )


def _forward_value(space: Workspace, family: Family) -> Piece:
    loss = space.losses.value(family.tensor, space.variables)
    stated = loss or space.printing.call(family.tensor) or _author_equation(space, family)
    return stated or space.printing.value(family.tensor)


def refusing(space: Workspace, family: Family, find: Callable[[], Piece]) -> Piece:
    """What is found; what PyTorch has no operation for is refused with the name of the quantity."""
    try:
        return find()
    except FormulaError as error:
        name = space.blocks.names[family.blocks[0].first]
        raise InputError.single(f"--format pytorch: {name}: {error}") from error


def _author_equation(space: Workspace, family: Family) -> Piece | None:
    """An equation as its author wrote it, over whole arrays; None where it is none, or stands for several samples."""
    block = family.blocks[0]
    text, known = _text(space, block)
    if not text or family.shape != block.shape:
        return None
    pieces = {name: space.variables.whole(tensor) for name, tensor in known.items()}
    printer = ArrayPrinter(pieces, space.printing.at_zero)
    try:
        found = printer.piece(parse_array(text, known))
    except FormulaError:
        return None
    return found if len(found.axes) == len(block.shape) and not found.number else None


def _text(space: Workspace, block: Block) -> tuple[str, Mapping[str, Tensor]]:
    """The author's equation of a block, and the arrays that it may name."""
    problem = space.solution.problem
    if block.kind is not Kind.NODE or block.sample:
        return "", {}
    if not block.layer:
        known = {one.name: of(one) for one in space.variable_of if one.kind is Kind.NODE}
        return problem.equations.get(block.name, ""), known
    placed = space.lowered.placed[block.layer - 1]
    if not isinstance(placed.layer, Equations):
        return "", {}
    before = {one.letter: of(one) for one in space.variable_of if one.layer == block.layer and one.kind is Kind.NODE}
    own = {name: of(one) for name, one in placed.parameters.items()}
    return placed.layer.equations.get(block.letter, ""), {"x": placed.inputs[0][0], **own, **before}


def kept_lines(space: Workspace) -> Iterator[str]:
    """The line that goes over the variables of the forward pass whose gradients the key works."""
    blocks = (b.of for b in space.blocks.blocks if b.role is Role.BACKWARD and b.of and space.is_worked(b))
    names = dict.fromkeys(space.variable_of[block].name for block in blocks if block.role is Role.FORWARD)
    if names:
        yield f"for tensor in ({', '.join(names)}{',' * (len(names) == 1)}):"


def gradient_entries(space: Workspace) -> Iterator[str]:
    """The lines that name the partials, in the key's order; each sample's own ones by the place they are kept at."""
    divisor = space.graph.roots.gradient_divisor
    seen: set[str] = set()
    leaves = [block for block in space.leaves if any(space.is_worked(own) for own in _own(space, block))]
    for block in space.blocks.blocks:
        if block.role is not Role.BACKWARD or block.of is None or not space.is_worked(block):
            continue
        variable = space.variable_of[block.of]
        if block.is_own_gradient:
            yield entry(block.pattern, f"own[{block.sample - 1}][{leaves.index(block.of)}]")
        elif variable.name not in seen:
            seen.add(variable.name)
            factor = f"{divisor} * " if divisor > 1 and block.of.role is Role.FORWARD else ""
            sign = "-" if block.negative else ""
            pattern = space.family_of[block.of].pattern(block)
            yield entry(pattern, f"{sign}{factor}{gradient(space, block.of)}")


def _own(space: Workspace, leaf: Block) -> Iterator[Block]:
    """Each sample's own gradients of a parameter."""
    return (block for block in space.blocks.blocks if block.is_own_gradient and block.of == leaf)


def own_lines(space: Workspace) -> Iterator[str]:
    """The line that finds the gradients of each sample's own loss."""
    leaves = [space.variable_of[b].name for b in space.leaves if any(space.is_worked(own) for own in _own(space, b))]
    if leaves:
        roots = {*space.graph.roots.samples, *space.graph.roots.sums}
        loss = next(b for b in space.variable_of if b.first in roots and b.sample and not b.time)
        name = space.variable_of[loss].name
        wanted = ", ".join(leaves) + "," * (len(leaves) == 1)
        yield f"own = [torch.autograd.grad(one, ({wanted}), retain_graph=True) for one in {name}]"


def gradient(space: Workspace, block: Block) -> str:
    """The gradient of a variable; zeros where nothing of it reaches the loss, so that autograd leaves it out."""
    name = space.variable_of[block].name
    return f"{name}.grad" if is_reached(space, block) else f"torch.zeros_like({name})"


def is_reached(space: Workspace, block: Block) -> bool:
    """Whether the loss rests on a variable, as far as a gradient flows."""
    adjoint = space.leaves.get(block)
    mirror = space.graph.equation_of
    return adjoint is None or any(mirror[quantity].rule.formula != ZERO for quantity in adjoint.ids)
