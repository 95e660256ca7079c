"""The functions that a formula may call: the whole list, with how many arguments each takes.

`gate(a, c)` is 1 where a > 0, 0 where a < 0 and the convention c (0 or 1) where a = 0. `case(a, above, below, c)` is
`above` where a > 0, `below` where a < 0, and at a = 0 `above` if c is 1, else `below`. `is_argmax(k, m, a1, .., an)` is
1 if the k-th of the a's (from 1) is the largest and none before it equals it, else 0; m is what names print on the
other side of the equals sign. Where arguments of `max` or `min` are equal, the first counts. `take(k, a1, .., an)` is
the k-th of the a's (from 1), and `equals(k, j)` is 1 if k equals the number j, else 0. `relu(a)` is max(0, a), whose
derivative at 0 is a convention. `log` is natural unless a base is given: a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes (`most` is None where there is no limit), and which must be numbers.

    A step is constant but for its jumps: it selects, or cuts off digits, and is never differentiated. A selection is
    printed as the number or the branch that it selects wherever numbers are put in.
    """

    least: int = 1
    most: int | None = 1
    numbers: tuple[int, ...] = ()
    """The arguments that must be written as numbers."""
    conventions: tuple[int, ...] = ()
    """The arguments that must be 0 or 1."""
    is_step: bool = False
    selects: bool = False
    choosers: tuple[int, ...] = ()
    """The arguments that say which of the others counts: through them alone, the function is a step."""
    derivative: str = ""
    """Of a function of one number, over it, `a`, its value `out` and the convention at 0, as textbooks print it."""

    def takes(self, count: int) -> bool:
        """Whether the function can be called with so many arguments."""
        return self.least <= count and (self.most is None or count <= self.most)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "abs": Function(derivative="sign(a)"),
        "case": Function(4, 4, conventions=(3,), selects=True),
        "cos": Function(derivative="-sin(a)"),
        "erf": Function(derivative="2*exp(-a^2)/sqrt(pi)"),
        "exp": Function(derivative="out"),
        "floor": Function(is_step=True),
        "gate": Function(2, 2, conventions=(1,), is_step=True, selects=True),
        "log": Function(1, 2, numbers=(1,), derivative="1/a"),
        "max": Function(2, None),
        "min": Function(2, None),
        "take": Function(2, None, selects=True, choosers=(0,)),
        "relu": Function(derivative="gate(a,{at_zero})"),
        "equals": Function(2, 2, numbers=(1,), is_step=True, selects=True),
        "sigmoid": Function(derivative="out*(1-out)"),
        "sign": Function(is_step=True, selects=True),
        "sin": Function(derivative="cos(a)"),
        "sqrt": Function(derivative="1/(2*out)"),
        "tan": Function(derivative="1+out^2"),
        "tanh": Function(derivative="1-out^2"),
        "is_argmax": Function(3, None, numbers=(0,), is_step=True, selects=True),
        "pi": Function(0, 0),
    }
)
CONSTANTS = frozenset(name for name, function in FUNCTIONS.items() if function.most == 0)
"""Functions without arguments: the grammar writes them as bare names."""
