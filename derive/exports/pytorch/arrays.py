"""An author's equations over vectors and matrices as operations of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.errors import FormulaError
from derive.exports.pytorch.formulas import FormulaPrinter
from derive.exports.pytorch.pieces import ATOM, PRODUCT, SIGN, Piece, called
from derive.graph.formula import Formula, Number, Power, Slot

_OVER_ALL = {"sum": ".sum()", "mean": ".mean()"}
_EXTREMES = {"largest": "max", "smallest": "min"}
_SQUARE = Number("2")


class ArrayPrinter(FormulaPrinter):
    """Prints the right side of an equation; `known` are the arrays that it may name, their axes numbered from 0."""

    def __init__(self, known: Mapping[str, Piece], at_zero: int) -> None:
        super().__init__(at_zero)
        self.known = known

    def leaf(self, node: Formula) -> Piece:
        """An array by its name."""
        if isinstance(node, Slot) and node.name in self.known:
            return self.known[node.name]
        raise FormulaError(f"the script knows no {node!r}")

    def call(self, function: str, arguments: Sequence[Formula]) -> Piece:
        """A function of whole arrays, or one of the grammar's, entry by entry."""
        match function, arguments:
            case "matmul", [left, right]:
                return _product(self.piece(left), self.piece(right))
            case "transpose", [argument]:
                return self.piece(argument).then(".T", (0, 1))
            case "sum" | "mean", [argument]:
                return self.piece(argument).then(_OVER_ALL[function], ())
            case "norm", [argument]:
                return called("torch.sqrt", self.piece(Power(argument, _SQUARE)).then(".sum()", ()))
            case "largest" | "smallest", [argument]:
                return self._extreme_entry(self.piece(argument), _EXTREMES[function])
            case "softmax", [argument]:
                found = self.piece(argument)
                return Piece(f"torch.softmax({found.text}, -1)", ATOM, found.axes)
            case "entry", [argument, *places]:
                index = ", ".join(str(int(place.text) - 1) for place in places if isinstance(place, Number))
                return self.piece(argument).then(f"[{index}]", ())
            case _:
                return super().call(function, arguments)

    @staticmethod
    def _extreme_entry(found: Piece, function: str) -> Piece:
        """The largest or smallest entry; `max(dim)` gives the gradient to the first of equal ones."""
        flat = found.then(".flatten()", (0,)) if len(found.axes) > 1 else found
        return flat.then(f".{function}(0).values", ()) if flat.axes else flat


def _product(left: Piece, right: Piece) -> Piece:
    axes = tuple(range(len(left.axes) + len(right.axes) - 2))
    return Piece(f"{left.within(PRODUCT)} @ {right.within(SIGN)}", PRODUCT, axes)
