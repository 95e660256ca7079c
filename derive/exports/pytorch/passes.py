"""The lines of a round: the forward pass, what is read off after the backward pass, the update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.catalog.layers.equations import Equations
from derive.errors import FormulaError, InputError
from derive.exports.pytorch.arrays import ArrayPrinter
from derive.exports.pytorch.calls import call_of, stated_calls
from derive.exports.pytorch.families import Family, families, following, in_order
from derive.exports.pytorch.locating import Variable
from derive.exports.pytorch.pieces import Piece, exactly
from derive.exports.pytorch.workspace import Workspace, entry
from derive.graph.array_grammar import parse_array
from derive.graph.formula import ZERO
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Tensor, of


def forward_lines(space: Workspace) -> Iterator[str]:
    """A line for each variable of the forward pass, each after what it rests on."""
    equations = space.printing.equations
    outputs = dict.fromkeys(space.blocks.of(equation.output) for equation in space.forward)
    apart = following(space.blocks, space.forward)
    order = in_order(families(outputs, apart), equations, space.blocks) or in_order(
        [Family((block,), 0, 0) for block in outputs], equations, space.blocks
    )
    space.promise(order or ())
    calls = stated_calls(space.lowered.placed)
    for family in order or ():
        first = family.blocks[0]
        if first.first in calls:
            views = [calls[block.first][1] for block in family.blocks]
            found = call_of(calls[first.first][0], views, family.tensor, space.locator)
        else:
            found = _author_equation(space, family) or _value(space, family)
        yield f"{space.introduce(family, number=found.number).name} = {found.text}"


def _value(space: Workspace, family: Family) -> Piece:
    try:
        return space.printing.value(family.tensor)
    except FormulaError as error:
        name = space.blocks.names[family.blocks[0].first]
        raise InputError.single(f"--format pytorch: {name}: {error}") from error


def _author_equation(space: Workspace, family: Family) -> Piece | None:
    """An equation as its author wrote it, over whole arrays; None where it is none, or stands for several samples."""
    block = family.blocks[0]
    text, known = _text(space, block)
    if not text or family.shape != block.shape:
        return None
    pieces = {}
    for name, tensor in known.items():
        every = tuple(range(len(tensor.shape)))
        pieces[name] = exactly(space.locator.find(tensor), every, dict(enumerate(tensor.shape)))
    printer = ArrayPrinter(pieces, space.printing.at_zero)
    try:
        found = printer.piece(parse_array(text))
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
            yield entry(pattern, f"{sign}{factor}{_gradient(space, block.of, variable)}")


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


def _gradient(space: Workspace, block: Block, variable: Variable) -> str:
    """The gradient of a variable; zeros where nothing of it reaches the loss, so that autograd leaves it out."""
    adjoint = space.leaves.get(block)
    if adjoint is None:
        return f"{variable.name}.grad"
    mirror = space.graph.equation_of
    reached = any(mirror[quantity].rule.formula != ZERO for quantity in adjoint.ids)
    return f"{variable.name}.grad" if reached else f"torch.zeros_like({variable.name})"


def update_lines(space: Workspace) -> Iterator[str]:
    """A line for each step of the update, as the problem's optimizer has it."""
    for block, adjoint in space.leaves.items():
        variable = space.variable_of[block]
        space.locator.add(Variable(_gradient(space, block, variable), Tensor(adjoint.ids, adjoint.shape)))
    for block in dict.fromkeys(space.blocks.of(equation.output) for equation in space.graph.update):
        family = Family((block,), 0, 0)
        found = _value(space, family)
        yield f"{space.introduce(family, number=found.number).name} = {found.text}"


def renewed_lines(space: Workspace) -> Iterator[str]:
    """What starts the next round: new parameters, which are differentiated by again, and new states."""
    for block in dict.fromkeys(space.blocks.of(equation.output) for equation in space.graph.update):
        if block.role is Role.UPDATED and block.of is not None:
            new = space.variable_of[block].name
            leaf = ".requires_grad_()" if block.of in space.leaves else ""
            yield f"{space.variable_of[block.of].name} = {new}{leaf}"
