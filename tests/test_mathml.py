"""LaTeX as MathML: every formula of the gallery says the same when it is read back, cut or whole."""

import re

import pytest
from conftest import MATRIX, TABLE
from documents import document_of, mathematics
from read_mathematics import read_latex, read_mathml

from derive.document.aids.citations import EquationMark
from derive.errors import InputError
from derive.render.mathml import Row, to_mathml
from derive.sources import assets

OPEN = re.compile(r"\\(left|right)\b")
MATH = re.compile(r"<math[^>]*>(.*?)</math>", re.DOTALL)


def formulas(name, **changes):
    found = mathematics(document_of(name, **changes))
    return {one for one in found if one and not OPEN.match(one) and not isinstance(one, EquationMark)}


def require_same(latex):
    wanted = read_latex(latex)
    assert read_mathml(to_mathml(latex)) == wanted
    assert read_mathml(to_mathml(latex, displayed=True)) == wanted
    row = Row()
    row.add_latex(latex)
    assert [token for inner in MATH.findall(row.formulas()) for token in read_mathml(inner)] == wanted


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_every_formula_of_the_gallery(name):
    found = formulas(name)
    assert found
    for latex in found:
        require_same(latex)


@pytest.mark.parametrize("style", ["table", "matrix", "worked"])
@pytest.mark.parametrize("notation", ["partials", "delta"])
@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_every_formula_in_every_notation(name, notation, style):
    for latex in formulas(name, style=style, notation=notation):
        require_same(latex)


@pytest.mark.parametrize(
    ("latex", "tokens"),
    [
        ("w_{11}", "w _( 1 1 )"),
        (r"\frac{\mathrm{d}L}{\mathrm{d}w}", "frac( d~ L ) ( d~ w )"),
        ("-0.25", "− 0 . 2 5"),
        (r"s^{(1)}_{2}", "s _( 2 ) ^( ( 1 ) )"),
        (r"\left(W\right)^{\mathsf T}", "( W ) ^( T~ )"),
        (r"\hphantom{-}1", "unseen( − ) 1"),
        (r"a \odot b \doteq c \leftarrow d", "a ⊙ b ≐ c ← d"),
        (r"\left\|a\right\| \oslash b", "‖ a ‖ ⊘ b"),
        (r"x \star_{d = 2, p = 1 \times 0} k \oslash v", "x ⋆ _( d = 2 , p = 1 × 0 ) k ⊘ v"),
        (r"\mathrm{pool}_{2 \times 3}(x)", "p~ o~ o~ l~ _( 2 × 3 ) ( x )"),
        (r"\begin{bmatrix} 1 & -2 \\ 3 & 4 \end{bmatrix}", r"[ table( 1 & − 2 \\ 3 & 4 ) ]"),
        (r"\begin{aligned} a &= b \\[5pt] c &= d \end{aligned}", r"table( a & = b \\ c & = d )"),
        (r"\mathrm{ReLU}'(s)", "R~ e~ L~ U~ ^( ′ ) ( s )"),
        (r"1.5\ldots", "1 . 5 …"),
        (r"a + \dots + b", "a + … + b"),
        (r"\text{–}", "–"),
        (r"\xrightarrow{\mathrm{ReLU}}", "→ ^( R~ e~ L~ U~ )"),
    ],
)
def test_the_two_readers_by_hand(latex, tokens):
    assert read_latex(latex) == tokens.split()
    assert read_mathml(to_mathml(latex)) == tokens.split()


def test_a_decimal_comma_stands_inside_its_number():
    assert to_mathml("-0{,}25") == '<mo lspace="0" rspace="0">−</mo><mn>0,25</mn>'
    assert "<mn>1</mn><mo>,</mo><mn>2</mn>" in to_mathml("f(1, 2)")


def test_a_minus_before_a_number_is_a_sign_and_one_between_terms_is_not():
    assert to_mathml("-0.5").startswith('<mo lspace="0" rspace="0">−</mo>')
    assert "<mo>−</mo>" in to_mathml("1 - 0.5")


def test_long_sums_are_cut_between_terms_and_long_products_between_factors():
    def parts(latex):
        row = Row()
        row.add_latex(latex)
        return ["".join(read_mathml(inner)) for inner in MATH.findall(row.formulas())]

    assert parts("a = b + c") == ["a", "=b+c"]
    assert parts(r"0.25 \times 0.5 + (-0.125) \times 0.75 - 0.5") == ["0.25×0.5", "+(−0.125)×0.75", "−0.5"]
    assert parts(r"0.250000 \times 0.125000 \times (1 - 0.125000)") == ["0.250000", "×0.125000", "×(1−0.125000)"]
    assert parts(r"0.2500000 - (1.1250000 + 2.1250000)^2") == ["0.2500000", "−(1.1250000+2.1250000)^(2)"]


def test_a_piece_stands_where_it_was_added():
    row = Row()
    row.add_latex(r"\left(")
    row.add_piece("<mn>7</mn>")
    row.add_latex(r"\right)_1^n = x")
    inner = MATH.findall(row.formulas())
    assert read_mathml(inner[0]) == ["(", "7", ")", "_(", "1", ")", "^(", "n", ")"]
    assert read_mathml(inner[1]) == ["=", "x"]


def test_several_pieces_stand_in_their_order():
    row = Row()
    for latex, piece in (("a =", "<mi>first</mi>"), ("+", "<mi>second</mi>"), ("-", "<mi>third</mi>")):
        row.add_latex(latex)
        row.add_piece(piece)
    assert re.findall(r"<mi>(\w+)</mi>", row.formulas()) == ["a", "first", "second", "third"]


def test_a_sign_that_begins_a_piece_of_a_sum_is_still_one_between_terms():
    """Without the mark it would be set, and read aloud, as the sign of a number."""
    row = Row()
    row.add_latex("a_{1} b_{1} + a_{2} b_{2} - a_{3} b_{3} + a_{4} b_{4} - a_{5} b_{5} - a_{6} b_{6}")
    pieces = MATH.findall(row.formulas())
    starts = [re.match(r"<mo[^>]*>[+−]</mo>", piece) for piece in pieces]
    assert len(pieces) == 6
    assert [start[0] if start else "" for start in starts] == [
        "",
        *(f'<mo form="infix" lspace="0">{sign}</mo>' for sign in "+−+−−"),
    ]


def test_what_has_no_mathml_is_refused_by_name():
    with pytest.raises(InputError, match=r"nosuchcommand.*cannot be written as MathML"):
        to_mathml(r"\nosuchcommand{x}")
