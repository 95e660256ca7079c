"""The functions of formulas: known everywhere, and the same in every arithmetic, in SymPy and on the page."""

from decimal import Decimal, DecimalException

import mpmath
import pytest
import sympy
from everyday import examples
from formulas import at, decimals, formulas, placed, real_symbol, smooth_formulas, values
from hypothesis import assume, given, settings
from read_back import read
from sympy.core.evalf import PrecisionExhausted
from test_templates_of_rules import INLINE, TIMES, substituted

from derive.arithmetic.complexes import ORDINARY, ComplexArithmetic, long_numbers
from derive.arithmetic.decimals import DecimalArithmetic, UndefinedError
from derive.arithmetic.evaluate import compile_formula
from derive.arithmetic.rounding import Value
from derive.errors import FormulaError
from derive.graph import sympy_functions
from derive.graph.formula import Call, Number, Position, Slot, rebuild
from derive.graph.functions import FUNCTIONS
from derive.graph.grammar import parse, written
from derive.graph.symbolic import differentiate, from_sympy, to_sympy
from derive.writing.dialect import PLAIN
from derive.writing.symbols import NumberTable, SymbolTable
from derive.writing.template import formula_template

STEP = Decimal("1e-30")


def long(digits=60):
    context = mpmath.MPContext()
    context.dps = digits
    return context, ComplexArithmetic(long_numbers(context), 0)


def worked(text, *numbers, digits=50):
    tree = placed(parse(text))
    return compile_formula(tree, DecimalArithmetic(digits))(decimals(numbers))


def value_or_skip(formula, texts, digits=50):
    """The decimal value, where there is one of a size that every side can hold to many digits."""
    try:
        value = compile_formula(placed(formula), DecimalArithmetic(digits))(decimals(texts))
    except DecimalException:
        value = None
    assume(value is not None and (value == 0 or -12 < value.adjusted() < 12))
    return value


def close(first, second, relative, absolute=Decimal("1e-25")):
    return abs(first - second) <= max(absolute, Decimal(relative) * max(abs(first), abs(second)))


def test_every_function_is_known_everywhere():
    names = set(FUNCTIONS)
    written_apart = {"gate", "case"}
    assert set(DecimalArithmetic(50)._functions) | {"case"} == names
    assert set(ComplexArithmetic(ORDINARY, 0)._functions) | {"case"} == names
    assert set(long()[1]._functions) | {"case"} == names
    assert set(sympy_functions.PUBLIC) == set(sympy_functions.SMOOTH) == names
    assert set(sympy_functions.NAMES.values()) | {"gate", "pi", "sqrt"} == names
    selections = {name for name, function in FUNCTIONS.items() if function.selects}
    for pair in (TIMES, INLINE, PLAIN):
        assert set(pair.names.functions) | written_apart == names
        assert set(pair.numbers.functions) == names - selections
        assert set(pair.names.gates) == set(pair.names.cases) == {"0", "1"}
        assert not pair.numbers.gates
        assert not pair.numbers.cases


@settings(max_examples=examples(400), deadline=None)
@given(formulas, values)
def test_the_same_value_everywhere(formula, texts):
    value = value_or_skip(formula, texts)
    context, arithmetic = long()
    by_complex = compile_formula(placed(formula), arithmetic)([context.mpc(text) for text in texts])
    assert close(Decimal(str(by_complex.real)), value, "1e-25")
    try:
        by_sympy = sympy.N(to_sympy(formula, real_symbol).subs(at(texts)), 40, maxn=400)
    except PrecisionExhausted:
        assume(False)
    assert close(Decimal(str(sympy.re(by_sympy))), value, "1e-25")


@settings(max_examples=examples(400), deadline=None)
@given(formulas, values)
def test_number_lines_read_back(formula, texts):
    value = value_or_skip(formula, texts, 100)
    shown = {index: Value(Decimal(text), Decimal(text), text) for index, text in enumerate(texts)}
    for pair in (TIMES, INLINE):
        line = formula_template(placed(formula), pair.numbers).fill(range(len(texts)), NumberTable(shown, pair))
        assert close(read(line), value, "1e-25"), line


@settings(max_examples=examples(400), deadline=None)
@given(smooth_formulas, values)
def test_derivatives_against_the_complex_step(formula, texts):
    """Kinks included: at each, every side follows the same convention."""
    value_or_skip(formula, texts)
    derivative = value_or_skip(differentiate(formula, "a"), texts)
    context, arithmetic = long(90)
    operands = [context.mpc(text) for text in texts]
    operands[0] += context.mpc(0, str(STEP))
    stepped = compile_formula(placed(formula), arithmetic)(operands)
    assert close(Decimal(str(stepped.imag)) / STEP, derivative, "1e-10", Decimal("1e-12"))


@given(formulas)
def test_written_formulas_read_as_they_were(formula):
    text = written(formula)
    assert written(parse(text)) == text


@settings(max_examples=examples(150), deadline=None)
@given(formulas, values)
def test_there_and_back_through_sympy(formula, texts):
    value = value_or_skip(formula, texts)
    expression = to_sympy(formula, real_symbol)
    assume(not expression.has(sympy.zoo, sympy.nan))
    again = from_sympy(expression)
    assert close(value_or_skip(again, texts), value, "1e-25")


@pytest.mark.parametrize("digits", [50, 100, 400])
@pytest.mark.parametrize("name", ["sin", "cos", "tan", "erf", "exp", "sigmoid", "tanh", "sqrt", "log", "log10", "log2"])
def test_functions_at_any_number_of_digits(name, digits):
    context = mpmath.MPContext()
    context.dps = digits + 60
    exact = {"sigmoid": lambda s: 1 / (1 + context.exp(-s)), "log2": lambda s: context.log(s, 2)}
    text = {"log10": "log(a,10)", "log2": "log(a,2)"}.get(name, f"{name}(a)")
    for number in ("1e-30", "0.3", "1.0000001", "2.5", "31.4", "1234567.89"):
        found = worked(text, number, "0", "0", digits=digits)
        expected = exact.get(name, getattr(context, name, None))(context.mpf(number))
        assert abs(context.mpf(str(found)) - expected) <= abs(expected) * context.mpf(10) ** (3 - digits)


def test_what_is_lost_in_the_noise_is_zero():
    assert worked("sin(pi)") == worked("cos(pi/2)") == worked("log(sqrt(2)*sqrt(2)/2)") == worked("sin(1000*pi)") == 0
    assert worked("floor(sqrt(2)*sqrt(2))") == 2
    assert worked("is_argmax(1, 2, sqrt(2)*sqrt(2), 2)") == worked("is_argmax(1, 2, 2, sqrt(2)*sqrt(2))") == 1
    assert worked("log(8, 2)") == 3
    assert worked("take(sqrt(2)*sqrt(2), 5, 7, 9)") == 7
    assert worked("equals(sqrt(2)*sqrt(2), 2)") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log(0*a)", "the logarithm of 0"),
        ("log(a-9)", "the logarithm of a negative number"),
        ("sqrt(a-9)", "the square root of a negative number"),
        ("1/(a-a)", "a division by zero"),
        ("(a-a)^(-2)", "0 to a negative power"),
        ("(a-a)^(a-a)", "0 to the power 0"),
        ("(a-9)^0.5", "a negative number to a power that is not whole"),
        ("take(3*a, a, a)", "there is no number 3 among 2"),
        ("take(a/2, a, a)", "there is no number 0.5 among 2"),
        ("tan(pi/2)", "a division by zero"),
    ],
)
def test_what_has_no_value_is_said_in_words(text, message):
    with pytest.raises(UndefinedError, match=message):
        worked(text, "1", "0", "0")


def test_a_branch_that_is_not_taken_needs_no_value():
    assert worked("case(a, log(a), a, 0)", "-2", "0", "0") == -2


@pytest.mark.parametrize(
    "text", ["sign(s)", "floor(2*s)", "gate(s-1,0)*s", "is_argmax(1,m,s,2)", "equals(s,2)", "take(s,1,2)"]
)
def test_steps_are_not_differentiated(text):
    with pytest.raises(FormulaError, match=f"{text.partition('(')[0]} has no derivative"):
        differentiate(parse(text), "s")


def test_a_step_without_the_slot_is_a_factor():
    assert differentiate(parse("gate(x,1)*floor(x)*s"), "s") == parse("gate(x,1)*floor(x)")


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("s^n", "n*s^(n-1)"),
        ("n^s", "n^s*log(n)"),
        ("sqrt(s)", "1/(2*sqrt(s))"),
        ("log(s,2)", "1/(s*log(2))"),
        ("abs(s)", "sign(s)"),
        ("relu(s)", "gate(s,0)"),
        ("max(s,x)", "gate(s-x,1)"),
        ("max(x,s)", "gate(s-x,0)"),
        ("sigmoid(s)", "(1-sigmoid(s))*sigmoid(s)"),
        ("case(s,s,x*s,1)", "case(s,1,x,1)"),
        ("take(x,s,y,s^2)", "2*s*equals(x,3)+equals(x,1)"),
    ],
)
def test_derivatives_in_the_form_that_is_printed(text, derivative):
    assert differentiate(parse(text), "s") == parse(derivative)


@pytest.mark.parametrize(
    ("text", "latex", "plain"),
    [
        ("log(s)", r"\ln(s)", "log(s)"),
        ("log(s,2)+log(s,10)", r"\log_{2}(s) + \log_{10}(s)", "log(s, 2) + log(s, 10)"),
        ("sigmoid(s/x)", r"\sigma\left(\frac{s}{x}\right)", "sigmoid(s/x)"),
        ("sqrt(abs(s))", r"\sqrt{\left|s\right|}", "sqrt(abs(s))"),
        ("relu(s)-exp(x)", r"\max(0, s) - e^{x}", "max(0, s) - exp(x)"),
        ("gate(s,0)+gate(x,1)", r"[s > 0] + [x \ge 0]", "[s > 0] + [x >= 0]"),
        ("floor(s/x)", r"\left\lfloor \frac{s}{x} \right\rfloor", "floor(s/x)"),
        ("gate(s-x,1)*x", r"[s - x \ge 0] \times x", "[s - x >= 0] * x"),
        ("is_argmax(2,m,s,x)", "[x = m]", "[x = m]"),
        ("s*equals(x,2)", r"s \times [x = 2]", "s * [x = 2]"),
        ("take(m,x-1,s)", "(x - 1, s)_{m}", "(x - 1, s)[m]"),
        ("take(m,s,x,s,x,y)", r"(s, x, \dots, y)_{m}", "(s, x, ..., y)[m]"),
        ("x^(y-1)", "x^{y - 1}", "x^(y - 1)"),
        ("x^(-2)", "x^{-2}", "x^(-2)"),
        ("x^(1/2)*pi", r"x^{\frac{1}{2}} \times \pi", "x^(1/2) * pi"),
        ("(x^y)^s", "(x^{y})^{s}", "(x^y)^s"),
        ("1e-5*x", r"1 \times 10^{-5} \times x", "1e-5 * x"),
        ("case(s,s,x*s,0)", r"\begin{cases} s & s > 0 \\ x \times s & s \le 0 \end{cases}", "s if s > 0 else x * s"),
        ("case(x-s,s,x,1)", r"\begin{cases} s & x \ge s \\ x & x < s \end{cases}", "s if x >= s else x"),
        ("case(-x+s,s,x,0)", r"\begin{cases} s & s > x \\ x & s \le x \end{cases}", "s if s > x else x"),
        (
            "x*case(s,s,0,1)",
            r"x \times \left(\begin{cases} s & s \ge 0 \\ 0 & s < 0 \end{cases}\right)",
            "x * (s if s >= 0 else 0)",
        ),
    ],
)
def test_formulas_in_names(text, latex, plain):
    names = sorted({leaf for leaf in ("s", "x", "y", "m") if leaf in text})
    tree = rebuild(parse(text), lambda n: Position(names.index(n.name)) if isinstance(n, Slot) else None)
    for pair, expected in ((TIMES, latex), (PLAIN, plain)):
        assert formula_template(tree, pair.names).fill(range(len(names)), SymbolTable(names, {}, pair)) == expected


@pytest.mark.parametrize(
    ("text", "numbers", "expected"),
    [
        ("g*sign(s)", ["2", "-3"], r"2 \times (-1)"),
        ("sign(s)*g", ["-3", "2"], r"-1 \times 2"),
        ("1-sign(s)", ["-3"], "1 - (-1)"),
        ("g*case(s,1,alpha,0)", ["2", "-3", "-0.01"], r"2 \times (-0.01)"),
        ("case(s,s,alpha*(exp(s)-1),0)", ["0", "2"], r"2 \times (e^{0} - 1)"),
        ("g*case(s,s,f+alpha,1)", ["2", "-1", "-0.5", "1"], r"2 \times (-0.5 + 1)"),
        ("gate(s-x,1)*g", ["1", "1", "5"], r"1 \times 5"),
        ("is_argmax(2,m,s,x)", ["3", "1", "3"], "1"),
        ("g*take(k,a,b-a)", ["2", "1", "-3", "5"], r"2 \times (-3)"),
        ("g*take(k,a,b-a)", ["2", "2", "-3", "5"], r"2 \times (5 - (-3))"),
        ("g*equals(k,2)", ["2", "3"], r"2 \times 0"),
        ("b^t", ["0.9", "2"], "0.9^{2}"),
        ("b^(-t)", ["-0.9", "-2"], "(-0.9)^{-(-2)}"),
    ],
)
def test_selections_in_numbers(text, numbers, expected):
    assert substituted(text, numbers) == expected


def test_a_selection_looks_at_what_is_carried():
    tiny = {0: Value(Decimal("-1e-9"), Decimal("-1e-9"), "0.0000"), 1: Value(Decimal(2), Decimal(2), "2.0000")}
    tree = placed(parse("gate(a,1)*b"))
    assert formula_template(tree, TIMES.numbers).fill((0, 1), NumberTable(tiny, TIMES)) == r"0 \times 2.0000"


def test_a_number_that_would_not_fit_on_a_page_is_refused():
    with pytest.raises(FormulaError, match="not written out"):
        to_sympy(parse("9^9^9"), real_symbol)


def test_an_error_function_off_the_real_axis():
    """To first order in the step, against mpmath's error function in the whole plane at three times the digits."""
    context, arithmetic = long(40)
    wide = mpmath.MPContext()
    wide.dps = 130
    for number in ("0", "0.3", "-1.7", "4"):
        found = arithmetic.call("erf", [context.mpc(number, "1e-30")])
        exact = wide.erf(wide.mpc(number, "1e-30"))
        assert abs(found.imag - exact.imag) <= abs(exact.imag) * 1e-30
        assert abs(found.real - exact.real) <= 1e-38


def test_arguments_that_say_how_a_function_works_are_numbers():
    assert parse("log(s, 2)") == Call("log", (Slot("s"), Number("2")))
