"""The equations of a layer as those of matrices, each time that the layer is applied by itself."""

from itertools import pairwise

from derive.graph.quantity import Blocks
from derive.graph.tensor import Tensor
from derive.graph.views.matrix_of_index import as_matrices


def has_matrices(views):
    """Whether the equations are written in matrices wherever they are applied."""
    stated = [one for one in views.applications if views.index(one)]
    return bool(stated) and all(forward_matrices(views, one) for one in stated)


def forward_matrices(views, application):
    """Going forward; none where one of the equations has no such form."""
    return _as_matrices(views, views.index(application), application)


def backward_matrices(views, application):
    """Going backward; none where there are none forward."""
    return _as_matrices(views, views.backward(application), application) if forward_matrices(views, application) else ()


def _as_matrices(views, equations, application):
    made = [as_matrices(equation, application) for equation in equations]
    found = tuple(equation for equation in made if equation is not None)
    named = all(consists_of_rows(tensor, views.blocks) for tensor in application.tensors.values())
    return found if named and len(found) == len(made) else ()


def consists_of_rows(tensor: Tensor, blocks: Blocks) -> bool:
    """Whether an array is made of whole rows of blocks in their order, so that it goes by the names of the blocks.

    A vector that lies in a row is none: its block is a column.
    """
    first = blocks.of(tensor.ids[0])
    if first.shape and tensor.shape and tensor.shape[-1] < first.shape[-1]:
        return False
    if len(first.shape) == 1 and tensor.shape == (1, first.size):
        return False
    return all(one + 1 == other or blocks.of(one) != blocks.of(other) for one, other in pairwise(tensor.ids))
