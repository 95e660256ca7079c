"""Measured formulas are as wide and as high as TeX makes them; broken ones say the same and fit."""

import re
from itertools import pairwise

import pytest
from conftest import compiled, solution_of
from hypothesis import given
from hypothesis import strategies as st
from shown_boxes import boxes, characters

from derive.document.context import Context
from derive.document.locale import locale
from derive.document.style import style
from derive.document.tables import functions_table, working
from derive.measure.atoms import Style
from derive.measure.breaking import Room, broken, unstacked, width_of
from derive.measure.glyphs import Glyph, glyphs
from derive.measure.parse import parse
from derive.measure.typeset import run_box
from derive.measure.words import words_box
from derive.sources import assets

PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{lmodern}\usepackage{amsmath}\usepackage{array}
\DeclareMathSizes{10}{10}{7.5}{6}\arraycolsep 4pt
\begin{document}\small\normalsize
"""
EXAMPLES = (
    "adam-parabola",
    "attention-three-tokens",
    "batch-norm-three-samples",
    "leaky-units",
    "lstm-cell",
    "robust-regression",
)
ODD = (
    r"\overline{x+y}",
    r"\vec v",
    r"\boldsymbol{\theta} \in \mathbf{W}^{(1)}x",
    r"\Bigl(x\Bigr)",
    r"\begin{bmatrix} 1 & 2 \\ 3.5 & -4 \end{bmatrix}",
    r"\begin{cases} x & x > 0 \\ 0.1x & x \le 0\end{cases}",
    r"\xrightarrow{\;\mathrm{relu}\;}x",
    r"\sqrt{\frac{x}{y}}+\sqrt{x^2+1}",
    r"\text{office word}+1",
    r"\dfrac{\partial L}{\partial w^{(1)}_{11}}",
    r"\displaystyle\sum_{i=1}^{n} x_i",
    r"\max_i x + \max(-\delta, \min(\delta, f_1))",
    r"\phantom{.00}12 - \hphantom{-}3",
    r"f'(x) \doteq W^{\mathsf T}",
    r"\left\lfloor \frac ab \right\rfloor + \left| s \right|",
    r"{w^{(1)}}^{2}\hat{g}_{w_{21}}",
    r"\mathrm{softmax}(s_1) \odot a_{i,j} / 2",
    r"50\% \& \# 1 \mapsto x \_ y \ne 3",
)


def formulas():
    found = set(ODD)
    for name in EXAMPLES:
        for notation in ("partials", "delta"):
            solution = solution_of(name, notation=notation)
            context = Context(solution, style("table").style, locale("en"))
            for group in working(context, solution.rounds[1]).groups:
                for line in group:
                    found |= {line.symbol, line.formula, line.substituted, line.result}
            for row in functions_table(context).rows:
                found |= {rf"\displaystyle {one.formula}" for one in row if one is not None}
    return sorted(text for text in found if text)


def measured_by_tex(boxes, preamble=PREAMBLE):
    typed = "".join(rf"\setbox0\hbox{{{box}}}\typeout{{box \the\wd0 \the\ht0 \the\dp0}}" + "\n" for box in boxes)
    log = compiled(rf"{preamble}{typed}\shipout\hbox{{}}\end{{document}}").log
    return [
        tuple(map(float, found)) for found in re.findall(r"^box ([-\d.]+)pt([-\d.]+)pt([-\d.]+)pt", log, re.MULTILINE)
    ]


def test_formulas_are_as_large_as_tex_makes_them():
    """Hundreds of formulas of the gallery, within a hundredth of a point or so: TeX's own rules on its own metrics."""
    texts = formulas()
    assert len(texts) > 500
    found = measured_by_tex([f"${text}$" for text in texts])
    assert len(found) == len(texts)
    for text, (width, height, depth) in zip(texts, found, strict=True):
        box = run_box(parse(text), Style.TEXT)
        assert abs(box.width - width) < 0.02, text
        assert abs(box.height - height) < 0.3, text
        assert abs(box.depth - depth) < 0.3, text


PLACED = (
    r"w^{(2)}_{21}",
    r"\frac{\partial L}{\partial w^{(1)}_{11}}",
    r"\mathit{-0.125} + 12.5",
    r"\hat{y}_1 + \bar{x}^{2} + \hat{f}",
    r"\dfrac{1}{2}x",
    r"\sqrt{v} + \epsilon",
    r"h^{\langle 3 \rangle} \le \tanh(s_1)",
    r"\mathbf{W}^{(1)}x",
    r"\delta^{(1)}_1 = x_2^2 \times 10^{-9}",
    r"\left(a\right) + \max(x, 1)",
    r"f_{\frac{x}{y}} - y^{2^{n}}",
    r"\displaystyle\max_{i+j} x",
)
ACCENTS = frozenset("ˆ¯")


def test_characters_stand_where_tex_puts_them():
    shipped = "".join(rf"\shipout\hbox{{${text}$}}" for text in PLACED)
    tracing = r"\tracingoutput1 \showboxdepth100 \showboxbreadth1000"
    shown = boxes(compiled(rf"{PREAMBLE}{tracing}{shipped}\end{{document}}").log)
    assert len(shown) == len(PLACED)
    for text, lines in zip(PLACED, shown, strict=True):
        by_tex = [place for place in characters(lines) if place[0] != ord("p") or r"\sqrt" not in text]
        found = [mark for mark in glyphs(text) if isinstance(mark, Glyph)]
        assert sum(len(mark.text) for mark in found) == len(by_tex), text
        for mark in found:
            middle = 2.5 if mark.text in ACCENTS else 0.0
            near = [
                (chr(code), size)
                for code, size, x, y in by_tex
                if abs(x + middle - mark.x) < 0.05 and abs(y - mark.y) < 0.05
            ]
            assert mark.size in {size for _, size in near}, (text, mark)
            assert not mark.text.isascii() or not mark.text.isalnum() or mark.text[0] in {one for one, _ in near}


@pytest.mark.parametrize(("family", "face"), [("labels", "m"), ("boldlabels", "b")])
def test_words_are_as_wide_as_tex_makes_them(family, face):
    words = ["Forward pass", "Updated parameters", "convolution 3 by 3", "WWMM", "illicit", "office flow", "Round 12"]
    font = rf"\fontsize{{8.5}}{{11}}\usefont{{T1}}{{SourceSansPro-TLF}}{{{face}}}{{n}}"
    found = measured_by_tex([f"{font}{text}" for text in words])
    for text, (width, _, _) in zip(words, found, strict=True):
        assert -0.02 < words_box(text, family).width - width < 0.7, text


def test_an_unknown_command_counts_as_a_letter():
    assert width_of(r"\nosuchcommand") == pytest.approx(width_of(r"\mathrm{M}"))


def tokens(text):
    """What a reader reads: brackets that only keep a height, and empty groups, left out."""
    plain = re.sub(r"\\mathopen\{\\vphantom\{.*?\}\}(?=[^}]|$)|\\left\.|\\right\.|\{\}", "", text)
    return re.sub(r"\s|\\,|\\;|\\quad", "", plain)


NUMBERS = st.integers(-9999, 9999).map(lambda n: f"{n / 100:.2f}" if n >= 0 else f"({n / 100:.2f})")
FACTORS = st.lists(NUMBERS, min_size=1, max_size=3).map(r" \times ".join)
SUMS = st.lists(FACTORS, min_size=1, max_size=12).map(" + ".join)
NESTED = st.lists(SUMS.map("({})".format), min_size=1, max_size=4).map(r" \times ".join)


@given(st.one_of(SUMS, NESTED, st.lists(SUMS, min_size=2, max_size=3).map(" = ".join)), st.floats(30, 140))
def test_rows_fit_and_say_the_same(text, width):
    rows = broken(text, Room(width, 5))
    assert "".join(tokens(row.text) for row in rows) == tokens(text)
    for row in rows:
        assert row.scale == 1.0
        assert row.indent + width_of(row.text) <= width + 0.05
    assert len(rows) == 1 or width_of(text) > width


@given(SUMS, st.floats(60, 140))
def test_sums_break_at_their_signs(text, width):
    for row in broken(text, Room(width, 5))[1:]:
        assert row.text.startswith("{}+")


def test_relations_come_before_sums_and_sums_before_products():
    text = r"a \times b + c \times d = e + f"
    assert [row.text for row in broken(text, Room(width_of(text) - 1, 0))] == [r"a \times b + c \times d", "= e + f"]
    text = r"a \times b \times c + d \times e"
    assert [row.text for row in broken(text, Room(width_of(text) - 1, 0))] == [
        r"a \times b \times c",
        r"{}+ d \times e",
    ]
    text = "f(a + b, c + d)"
    assert [row.text for row in broken(text, Room(width_of(text) - 1, 0))] == ["f(a + b,", "c + d)"]


def test_rows_are_about_equally_long():
    text = " + ".join(rf"w_{{{k}}} \times x_{{{k}}}" for k in range(10, 28))
    widths = [width_of(row.text) for row in broken(text, Room(100, 0))]
    assert len(widths) == 4
    assert max(widths) - min(widths) < 0.35 * max(widths)


def test_the_last_row_leaves_room_for_the_result():
    text = " + ".join(["0.1234"] * 20)
    rows = broken(text, Room(100, 5, trailing=40))
    assert rows[-1].indent + width_of(rows[-1].text) <= 60
    assert all(row.indent + width_of(row.text) <= 100 for row in rows)


def test_brackets_that_grow_are_cut_and_keep_their_height():
    text = r"\left(\frac{a}{b} + c + d + e + f + g + h + i + j\right) \times k"
    rows = broken(text, Room(40, 5))
    assert len(rows) > 1
    boxes = [run_box(parse(row.text), Style.TEXT) for row in rows]
    heights = [box.height for row, box in zip(rows, boxes, strict=True) if r"\left" in row.text]
    assert len(heights) >= 2
    assert all(a == pytest.approx(b) for a, b in pairwise(heights))
    for row in rows:
        assert row.text.count(r"\left") == row.text.count(r"\right")


def test_nothing_is_cut_inside_a_number_a_script_or_a_fraction():
    (row,) = broken("1234567890" * 5, Room(30))
    assert row.scale == pytest.approx(30 / width_of("1234567890" * 5))
    for text in (r"x^{a + b + c + d + e + f + g}", r"\sqrt{a + b + c + d + e + f + g}"):
        assert len(broken(text, Room(15))) == 1


def test_a_long_fraction_is_written_with_a_slash():
    text = r"\frac{" + " + ".join(["x_{1234}"] * 12) + "}{3}"
    assert unstacked(r"\frac{a}{b}") == r"\frac{a}{b}"
    rows = broken(text, Room(50), display=True)
    assert len(rows) > 1
    assert rows[-1].text.endswith(")/3")
    assert all(row.scale == 1.0 for row in rows)


@pytest.mark.parametrize("name", assets.examples())
def test_lines_of_the_gallery_lose_nothing_when_they_break(name):
    solution = solution_of(name)
    context = Context(solution, style("table").style, locale("en"))
    for group in working(context, solution.rounds[1]).groups:
        for text in (text for line in group for text in (line.formula, line.substituted) if text):
            rows = broken(text, Room(60, 5))
            assert "".join(tokens(row.text) for row in rows) == tokens(text)
