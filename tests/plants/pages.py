"""Faults on pages: convention notes, remarks, findings, blanks, marks, escapes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from plants.fault import Fault, changes, text_of

_NOTES = "derive/document/aids/convention_notes.py"
_WITHOUT_DIGITS = (
    "tests/test_leaks.py::test_lines_of_matrices_do_not_say_that_hidden_numbers_are_equal",
    "tests/test_leaks.py::test_nothing_on_a_worksheet_depends_on_a_hidden_number[0]",
)
_BLANKS = (
    "tests/test_worksheets.py",
    "-k",
    "the_choices or check_value or share_is or parameters or tables_keep or given_line or room_for or (not_chosen and deltas)",
)
_MARKS = (
    "tests/test_marking.py",
    "-k",
    "step or rest or parts or add_up or once or earns_more or earlier or plot_earns",
)


def faults() -> Iterator[Fault]:
    """Every fault."""
    yield from _notes_for_the_wrong_case()
    yield from _remarks()
    yield from _findings()
    yield from _blanks()
    yield from _marks()
    yield from _escapes()


def _notes_for_the_wrong_case() -> Iterator[Fault]:
    """Each note of a convention where it does not hold, and nowhere else."""
    text = text_of(_NOTES)
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 2):
            continue
        if node.func.id not in ("Convention", "LayerConvention"):
            continue
        whole = ast.get_source_segment(text, node) or ""
        old = ast.get_source_segment(text, node.args[-1 if node.func.id == "LayerConvention" else 2]) or ""
        head, _, tail = whole.rpartition(old) if node.func.id == "LayerConvention" else whole.partition(old)
        new = f"lambda c: not ({old})(c)" if node.func.id == "Convention" else _other_layers(old)
        yield Fault(_NOTES, whole, head + new + tail, ("tests/test_reading_aids.py", "-k", "stated_where"))


def _other_layers(parts: str) -> str:
    """What a note mentions, for the layers that it does not hold for."""
    return f"lambda one: {{'n': '1'}} if ({parts})(one) is None else None"


def _remarks() -> Iterator[Fault]:
    yield from changes(
        "derive/document/aids/remarks.py",
        ("tests/test_remarks.py",),
        ("Mode.HALF_UP: words.rounding_half_up", "Mode.HALF_UP: words.rounding_half_even"),
        ("Mode.HALF_EVEN: words.rounding_half_even", "Mode.HALF_EVEN: words.rounding_half_up"),
        ("Mode.CUT: words.rounding_cut", "Mode.CUT: words.rounding_half_up"),
        ("words.at_zero if kinked <= SWITCHES else", "words.at_zero if not kinked <= SWITCHES else"),
        ("value = solution.problem.relu_at_zero", 'value = "0"'),
        ("if symbols and number is None:", "if symbols and number is not None:"),
        ("rounding_exception_round, n=str(override.round)", "rounding_exception_round, n=str(1)"),
    )


def _findings() -> Iterator[Fault]:
    """Wrong findings, and hidden numbers that are not hidden.

    That a finding rests on no hidden number is seen to twice, by its numbers and by the step that it stands in, so that
    a fault in one of the two changes no page.
    """
    steps = ("tests/test_steps.py", "-k", "which_way or off")
    yield from changes(
        "derive/document/steps/findings.py",
        steps,
        ('"both_negative" if all(negative)', '"both_positive" if all(negative)'),
        ("negative = [number < 0 for number in worth]", "negative = [number > 0 for number in worth]"),
        ("grow = [gradient < 0 for", "grow = [gradient > 0 for"),
        ("compile_formula(local, _ARITHMETIC)(known) == 0)", "compile_formula(local, _ARITHMETIC)(known) != 0)"),
        ('"all_grow" if all(grow) else "each_against"', '"each_against" if all(grow) else "all_grow"'),
    )
    yield from changes(
        "derive/document/context.py",
        _WITHOUT_DIGITS,
        ("        if not self.is_hidden(round, *quantities):", "        if True:"),
        ("round.number) in self.hidden for", "round.number) in () for"),
    )


def _blanks() -> Iterator[Fault]:
    yield from changes(
        "derive/document/handouts/blank_places.py",
        _BLANKS,
        ("block.kind is kind} for kind in kinds)", "block.kind is kind} for kind in kinds[1:])"),
        ("if block.role is Role.BACKWARD}", "if block.role is Role.UPDATED}"),
        ("for name, _ in lines[1::2]}", "for name, _ in lines[::2]}"),
        ("any(r in (None, number) and", "any(r in (None, 1) and"),
        ("seed = choice.seed or form", "seed = form"),
        ("return (answer.name, answer.round) in self.places", "return (answer.name, 1) in self.places"),
    )
    yield from changes(
        "derive/document/handouts/share.py",
        ("tests/test_worksheets.py", "-k", "a_share"),
        ("left -= len(further & closure.lines)", "left -= 1"),
        ("return found if count <= most else set()", "return found"),
    )
    yield from changes(
        "derive/document/handouts/leaks.py",
        ("tests/test_leaks.py", "-k", "deltas or one_gradient or input_of_1 or check_values or loss_of or product"),
        ("if node not in stay and any((operand", "if node not in stay and all((operand"),
        ("start[1] == number and worked in found}", "start[1] == number and worked not in found}"),
        ("further = {node for nodes in equal if", "further = {node for nodes in equal[:0] if"),
        ("elif len(unknown) == 1 and self", "elif len(unknown) == 2 and self"),
        ("if computed and not unknown:", "if computed and unknown:"),
    )
    yield from changes(
        "derive/document/handouts/blanks.py",
        _BLANKS,
        ("return Blank(text, width) if isinstance(text, Answer)", "return text if isinstance(text, Answer)"),
        (
            "    if hiding.hides(cell.number):\n        return Cell",
            "    if hiding.hides(cell.formula):\n        return Cell",
        ),
    )
    yield from changes(
        "derive/document/handouts/blanks.py",
        (
            "tests/test_worksheets.py",
            "-k",
            "lines_of_matrices or plot or (every_answer_of and (homework or convolution))",
        ),
        ("elif _is_in_symbols(term) or not (blank or any", "elif True or (blank or any"),
        ("if hiding.hides(entry.text):", "if hiding.hides(entry.text) and not entry.quiet and len(entry.text) > 6:"),
        ("    return hiding.covered(node)", "    return node"),
    )


def _marks() -> Iterator[Fault]:
    yield from changes(
        "derive/document/handouts/marks.py",
        _MARKS,
        ("Role.BACKWARD: GROUPS[1]", "Role.BACKWARD: GROUPS[2]"),
        ("Role.OPTIMIZER: GROUPS[2]", "Role.OPTIMIZER: GROUPS[1]"),
        ("Role.UPDATED: GROUPS[2]", "Role.UPDATED: GROUPS[0]"),
        ('Fraction(1, 4): "¼", Fraction(3, 4): "¾"', 'Fraction(1, 4): "¾", Fraction(3, 4): "¼"'),
        ('f"{number.numerator}/{number.denominator}"', 'f"{number.denominator}/{number.numerator}"'),
        ("{line.key: size * count for group", "{line.key: size * (count + 1) for group"),
        ("pairs = zip(kinds.values(), shares.steps", "pairs = zip(reversed(kinds.values()), shares.steps"),
        ("if own and not part:", "if own and part:"),
        ("if part and not own:", "if False:"),
    )
    yield from changes(
        "derive/document/handouts/marking.py",
        _MARKS,
        ("sum(shared.values(), Fraction(0))", "sum(list(shared.values())[1:], Fraction(0))"),
        ("and place[:2] not in self.carried}", "}"),
        ("marks and place == places[-1] else one", "marks and place in places else one"),
        ("return max(1, names, closed)", "return 1"),
    )


def _escapes() -> Iterator[Fault]:
    yield from changes(
        "derive/render/escape.py",
        ("tests/test_escapes.py",),
        ('"[": r"{[}"', '"[": "["'),
        ('"^": r"\\char94{}"', '"^": "^"'),
        ('"~": r"\\char126{}"', '"~": "~"'),
        ("return str(escape_latex(character))", "return character"),
        ('"`": r"\\textasciigrave{}"', '"`": "`"'),
        ('"-": r"{-}"', '"-": "-"'),
        ('"?": r"{?}"', '"?": "?"'),
        ('",": r",{}"', '",": ","'),
        ("if character in _LATIN or is_shown(character):", "if True:"),
        ("one if one in _PLAIN else f", "one if one.isascii() else f"),
    )
    yield from changes(
        "derive/render/html.py",
        ("tests/test_html.py", "-k", "escaped or carries"),
        ("        return escape(value)\n", "        return Markup(value)\n"),
        ("made += escape(part)", "made += Markup(part)"),
    )
    yield from changes(
        "derive/exports/markdown.py",
        ("tests/test_escapes.py",),
        ('f"\\\\{one}" if one in marks else one', "one"),
        (r'_ENTITY.sub(r"\&", made)', "made"),
        ('_RUN.sub(r"\\\\\\g<0>", made)', "made"),
        ('f"\\\\{made}" if _SIGN.match(made) else made', "made"),
        ("if start:", "if not start:"),
        ('f"&#{ord(text[0])};{text[1:]}"', "text"),
        ('_SPACES.sub(" ", text)', "text"),
        ('if unicodedata.category(one) != "Cc"', ""),
    )
    yield from changes(
        "derive/exports/notebook.py",
        ("tests/test_notebook.py", "-k", "quotes"),
        (r'text.replace("\\", r"\\")', "text"),
        ('.replace(\'"""\', r"\\"\\"\\"")', ""),
    )
    yield from changes(
        "derive/exports/csv_table.py",
        ("tests/test_csv.py", "-k", "formula or apostrophe or as_they_are"),
        ('("=", "+", "-", "@", "\\t", "\\r", "\\n")', '("=", "+", "@", "\\t", "\\r", "\\n")'),
        ('return f"\'{text}" if text', "return text if text"),
        ("and not _NUMBER.fullmatch(text) else", "else"),
        ('("=", "+", "-", "@",', '("=", "-", "@",'),
        ('("=", "+", "-", "@",', '("+", "-", "@",'),
        ('("=", "+", "-", "@",', '("=", "+", "-",'),
    )
