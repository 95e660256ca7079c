"""Faults in what formulas are printed with: parentheses, signs, functions, in each of the targets."""

from __future__ import annotations

from collections.abc import Iterator

from plants.fault import Fault, changes

_TIES = ("tests/test_ties.py",)
_TEMPLATES = (
    "tests/test_templates_of_rules.py",
    "tests/test_functions.py",
    "-k",
    "put_in or fractions or in_names or in_numbers",
)
_SYMBOLS = ("tests/test_functions.py", "-k", "in_names or in_numbers")
_SHEET = ("tests/test_spreadsheet.py", "-k", "parentheses or every_function")
_PYTORCH = ("tests/test_pytorch_formulas.py",)
_MATHML = ("tests/test_mathml.py", "-k", "not gallery and not notation")


def faults() -> Iterator[Fault]:
    """Every fault."""
    yield from _places()
    yield from _ties()
    yield from _dialects()
    yield from _web()
    yield from _cells()
    yield from _scripts()


def _places() -> Iterator[Fault]:
    yield from changes(
        "derive/writing/places.py",
        _TEMPLATES,
        ("Context.AFTER_PLUS: frozenset({Shape.NEGATIVE, ", "Context.AFTER_PLUS: frozenset({"),
        (
            "Context.AFTER_MINUS: frozenset({Shape.NEGATIVE, Shape.SUM, ",
            "Context.AFTER_MINUS: frozenset({Shape.NEGATIVE, ",
        ),
        ("Context.AFTER_MINUS: frozenset({Shape.NEGATIVE, ", "Context.AFTER_MINUS: frozenset({"),
        ("Context.FIRST_FACTOR: frozenset({Shape.SUM, ", "Context.FIRST_FACTOR: frozenset({"),
        ("Context.FACTOR: frozenset({Shape.NEGATIVE, ", "Context.FACTOR: frozenset({"),
        ("Context.BASE: _ANYTHING", "Context.BASE: frozenset({Shape.SUM})"),
        (
            "Context.DENOMINATOR: frozenset({Shape.NEGATIVE, Shape.SUM, Shape.PRODUCT, ",
            "Context.DENOMINATOR: frozenset({Shape.SUM, ",
        ),
        ("Context.EXPONENT: _ANYTHING", "Context.EXPONENT: frozenset({Shape.NEGATIVE})"),
        ("self.texts[round(chosen) - self.first]", "self.texts[round(chosen) - 1]"),
        ("wrapped = number < 0 and", "wrapped = number > 0 and"),
    )
    yield from changes(
        "derive/writing/template.py",
        _TEMPLATES,
        ('parts.append(" - " +', 'parts.append(" + " +'),
        ('"-" + self.write(argument, Context.AFTER_MINUS)', '"-" + self.write(argument, Context.START)'),
        (
            "Branch(compile_formula(chosen, _WORKED), texts, first)",
            "Branch(compile_formula(chosen, _WORKED), texts[::-1], first)",
        ),
        ("self.write(denominator, Context.DENOMINATOR)", "self.write(denominator, Context.FACTOR)"),
        (
            "return self.dialect.grouped(text) if context is Context.BASE and",
            "return text if context is Context.BASE and",
        ),
        ("candidates[int(text) - 1], largest)", "candidates[0], largest)"),
        ("return more, less", "return less, more"),
    )


def _ties() -> Iterator[Fault]:
    yield from changes(
        "derive/writing/template.py",
        _TIES,
        ("candidates[: int(text) - 1]", "candidates[int(text) :]"),
        ("if before and self.dialect.first_wins:", "if len(before) > 1 and self.dialect.first_wins:"),
    )
    yield from changes(
        "derive/writing/earlier.py",
        _TIES,
        ("(there, Negative(here)) if", "(here, Negative(there)) if"),
        ("        indices[axis] = here\n", ""),
        ("Slot(span.name), Negative(ONE))", "Slot(span.name))"),
    )
    yield from changes(
        "derive/document/context.py",
        _TIES,
        ("self.solution.ties if not self._hides(number, tie))", "self.solution.ties)"),
    )


def _dialects() -> Iterator[Fault]:
    yield from changes(
        "derive/writing/dialect.py",
        _SYMBOLS,
        (r'"abs": r"\left|%s\right|"', r'"abs": r"\left(%s\right)"'),
        (r'"log": r"\ln(%s)"', r'"log": r"\log_{2}(%s)"'),
        (r'"relu": r"\max(0, %s)"', r'"relu": r"\min(0, %s)"'),
        (r'"exp": "e^{%s}"', r'"exp": "2^{%s}"'),
        (r'"sqrt": r"\sqrt{%s}"', r'"sqrt": r"\sqrt[3]{%s}"'),
        (r'{"0": "[%s > 0]", "1": r"[%s \ge 0]"}', r'{"0": r"[%s \ge 0]", "1": "[%s > 0]"}'),
        (r'"0": r"\begin{cases} %s & %s > %s \\ %s & %s \le', r'"0": r"\begin{cases} %s & %s < %s \\ %s & %s \ge'),
        (r'"1": r"\begin{cases} %s & %s \ge %s \\ %s & %s <', r'"1": r"\begin{cases} %s & %s > %s \\ %s & %s \le'),
        (r'r"%s \times 10^{%s}"', r'r"%s \times 10^{-%s}"'),
        (r'r"\log_{<base>}(%s)"', r'r"\ln(%s)"'),
        ('"relu": "max(0, %s)"', '"relu": "min(0, %s)"'),
        ('{"0": "[%s > 0]", "1": "[%s >= 0]"}', '{"0": "[%s >= 0]", "1": "[%s > 0]"}'),
        ('"0": "%s if %s > %s else %s"', '"0": "%s if %s < %s else %s"'),
        ('logarithm="log(%s, <base>)"', 'logarithm="log(%s)"'),
        ("encloses_exponents=False", "encloses_exponents=True"),
        ('quotient="%s/%s"', 'quotient="%s*%s"'),
    )


def _web() -> Iterator[Fault]:
    yield from changes(
        "derive/render/mathml.py",
        _MATHML,
        ('_DECIMAL_COMMA.sub(",", inner)', "inner"),
        ('".": "<mo>…</mo>"', '".": "<mo>.</mo>"'),
        ('_BETWEEN_TERMS = re.compile(r"<mo>([+−])</mo>")', '_BETWEEN_TERMS = re.compile(r"<mo>([+])</mo>")'),
        ('<mo form="infix" lspace="0">', '<mo form="prefix" lspace="0">'),
        ('_ROW_GAP.sub("", latex)', "latex"),
        ("self._pieces[match[1]]", "self._pieces[max(self._pieces)]"),
        ("yield _beginning(children[start:])", "yield _beginning(children[start + 1 :])"),
    )


def _cells() -> Iterator[Fault]:
    yield from changes(
        "derive/exports/spreadsheet/formulas.py",
        _SHEET,
        ('"-" + self.write(argument, _Level.ATOM)', '"-" + self.write(argument, _Level.SUM)'),
        ('text += "-" + self.write(argument, _Level.PRODUCT)', 'text += "-" + self.write(argument, _Level.SUM)'),
        ('text += "-" +', 'text += "+" +'),
        ("self.write(denominator, _Level.POWER)", "self.write(denominator, _Level.PRODUCT)"),
        ('f"{self.write(base, _Level.ATOM)}^', 'f"{self.write(base, _Level.POWER)}^'),
        ("^{self.write(exponent, _Level.ATOM)}", "^{self.write(exponent, _Level.POWER)}"),
        ('_ABOVE = {"0": ">", "1": ">="}', '_ABOVE = {"0": ">=", "1": ">"}'),
        ('return f"LN({self', 'return f"LOG({self'),
        ("'>' if number < place else '>='", "'>=' if number < place else '>'"),
        ('"(1/(1+EXP(-(%s))))"', '"(1/(1+EXP((%s))))"'),
        ('"MAX(0,%s)"', '"MIN(0,%s)"'),
        ('return f"{above}/{below}"', 'return f"{below}/{above}"'),
        ("{self._plain(above)},{self._plain(below)})", "{self._plain(below)},{self._plain(above)})"),
    )
    yield from changes(
        "derive/exports/spreadsheet/rounding.py",
        ("tests/test_spreadsheet.py::test_rounding_of_one_cell",),
        ('Mode.HALF_UP: "ROUND(ROUND({x},{q}),{p})"', 'Mode.HALF_UP: "TRUNC(ROUND({x},{q}),{p})"'),
        ('Mode.CUT: f"TRUNC(ROUND(', 'Mode.CUT: f"ROUND(ROUND('),
        ('places = f"({precision.count - 1}-INT', 'places = f"({precision.count}-INT'),
        ('return f"IF({number}=0,0,', 'return f"IF({number}=0,1,'),
    )


def _scripts() -> Iterator[Fault]:
    yield from changes(
        "derive/exports/pytorch/formulas.py",
        _PYTORCH,
        ('signs = ["-" if isinstance(term, Negative) else "+"', 'signs = ["+" if isinstance(term, Negative) else "+"'),
        ("for sign, one in zip(signs[1:], found[1:]", "for sign, one in zip(signs[:-1], found[1:]"),
        ("{sign} {one.within(PRODUCT)}", "{sign} {one.text}"),
        ('first = f"-{found[0].within(SIGN)}" if', 'first = f"{found[0].within(SIGN)}" if'),
        ("*(part.within(SIGN) for part in parts[1:])", "*(part.within(PRODUCT) for part in parts[1:])"),
        ("parts[0].within(ATOM), parts[1].within(SIGN)", "parts[0].within(POWER), parts[1].within(SIGN)"),
        ('lambda parts: f"-{parts[0].within(SIGN)}"', 'lambda parts: f"-{parts[0].text}"'),
        ('sign = ">=" if convention == "1" else ">"', 'sign = ">" if convention == "1" else ">="'),
        ('sign = ">=" if function == "max" else "<="', 'sign = "<=" if function == "max" else ">="'),
        ("{sign} {second}, {first}, {second})", "{sign} {second}, {second}, {first})"),
        ('Number("1.0"), Number("0.0"), convention', 'Number("0.0"), Number("1.0"), convention'),
        ('{"2": "torch.log2", "10": "torch.log10"}', '{"2": "torch.log10", "10": "torch.log2"}'),
        ('f"max(0.0, {argument.text})"', 'f"min(0.0, {argument.text})"'),
        ("{found[0].text} >= 0, {found[0].text}, 0.0)", "{found[0].text} > 0, {found[0].text}, 0.0)"),
        ("/ math.log({base})", "* math.log({base})"),
    )
