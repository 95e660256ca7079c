"""Faults in statements of arrays that are found from the equations of entries, and in their lines."""

from __future__ import annotations

from collections.abc import Iterator

from plants.fault import Fault, changes

_STATEMENTS = ("tests/test_array_statements.py",)
_LINES = ("tests/test_printed_entries.py",)
_GALLERY = ("tests/test_array_lines.py", "-k", "test_the_gallery and batch")


def faults() -> Iterator[Fault]:
    """Every fault."""
    yield from _statements()
    yield from _lines()


def _statements() -> Iterator[Fault]:
    yield from changes(
        "derive/network/arrays.py",
        _STATEMENTS,
        ("if offset % size or size not in slice_sizes(first)", "if size not in slice_sizes(first)"),
        ("len(set(found)) == len(found) and ", ""),
        ("start = 0 if found else ids[0] - block.first", "start = 0"),
    )
    yield from changes(
        "derive/network/entries.py",
        _STATEMENTS,
        ("if outputs != list(block.ids):", "if not outputs:"),
        ("or sorted(outputs) != list(block.ids)", ""),
        (
            "columns = tuple(column[start:end] for column in self.columns)",
            "columns = tuple(c[:size] for c in self.columns)",
        ),
    )
    yield from changes(
        "derive/network/entrywise.py",
        _STATEMENTS,
        ("terms[start::period]", "terms[start:]"),
        ("rest = terms[count:]", "rest = terms[count + 1 :]"),
    )
    yield from changes(
        "derive/network/matrix_parts.py",
        _STATEMENTS,
        ("return replace(part, is_negative=not part.is_negative)", "return part"),
        ("% 2 == 1\n    if not arrays", "% 2 == 0\n    if not arrays"),
        ("numbers = above.numbers if above.array is not None else ()", "numbers = ()"),
        (
            "front = Quotient(multiply(above.numbers) if above.numbers else ONE, below.formula)",
            "front = Quotient(ONE, below.formula)",
        ),
        ("if exponent.formula != _SQUARE:", "if not exponent:"),
        ('inner: Formula = Product((Call("T", (first,)), second))', "inner: Formula = Product((first, second))"),
        ("if summed == above and", "if"),
        ("if len(sizes) > 1:", "if len(sizes) > 9:"),
        ("Product((matrix.array, column))", "Product((column, matrix.array))"),
        ("[*factors[:place], *factors[place + 1 :]]", "factors[:place] or factors[1:]"),
    )
    yield from changes(
        "derive/network/loss_gradient.py",
        _STATEMENTS,
        ("divisor = graph.roots.divisor if is_divided else 1", "divisor = 1"),
    )
    yield from changes(
        "derive/network/array_statements.py",
        _STATEMENTS,
        ("return [equation for family in item.families for equation in family]", "return []"),
        ("place is not None and place < start", "True"),
        ("key=lambda pair: pair[0]", "key=lambda pair: -pair[0]"),
    )


def _lines() -> Iterator[Fault]:
    yield from changes(
        "derive/network/inlined.py",
        _LINES,
        ("made[tuple(defined.ids)] = contributions[0]", "made[tuple(defined.ids)] = stated.contributions[0]"),
    )
    yield from changes(
        "derive/document/views/substitution.py",
        _LINES,
        ("(MINUS, term.argument) if isinstance(term, Negative)", "(PLUS, term.argument) if isinstance(term, Negative)"),
        ("if function == HADAMARD else _DIVIDED", "if function == HADAMARD_QUOTIENT else _DIVIDED"),
        ("return [self.single(formula, Where.FACTOR)]", "return [self.single(formula, Where.START)]"),
        ("return parts if plain else [OPEN, *parts, CLOSE]", "return parts"),
    )
    yield from changes(
        "derive/document/views/array_lines.py",
        _LINES,
        ("signs[-1] = APPROXIMATELY\n        before", "signs[-1] = EQUALS\n        before"),
    )
    yield from changes(
        "derive/document/views/array_lines.py",
        _GALLERY,
        ("_over(self.numbers.by_results(formula), divisor)", "self.numbers.by_results(formula)"),
    )
    yield from changes(
        "derive/writing/matrix_views.py",
        _LINES,
        (r'below = "" if self.is_column(argument) else', r'below = "" if not self.is_column(argument) else'),
        ("\n        if function == HADAMARD and first == second:", "\n        if function == HADAMARD:"),
    )
    yield from changes(
        "derive/writing/matrix_views.py",
        _GALLERY,
        (
            "(first, second)),)) if function == HADAMARD and first == second:",
            "(first, second)),)) if function == HADAMARD:",
        ),
    )
    yield from changes(
        "derive/writing/view_symbols.py",
        _LINES,
        ("is_plain = _PLAIN_LETTER.fullmatch(own) and own not in", "is_plain = own not in"),
        ("return self._loss(blocks[0])\n        return", "return self._loss(blocks[-1])\n        return"),
    )
