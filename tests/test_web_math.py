"""KaTeX and MathJax take every formula that derive writes, and read in it what derive's own MathML says."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import product

import pytest
from conftest import solution_of
from editions import to_markdown_document
from every_combination import PROBLEMS
from read_mathematics import read_latex, read_mathml
from taken_out import OF_MARKDOWN, of_macros, one_of_each_shape, rows
from web_renderers import RENDERERS, rendered

from derive.exports.tex_macros import to_tex_macros
from derive.problem.notation import LETTER
from derive.render.mathml import to_mathml
from derive.sources import assets
from derive.writing.scripts import _GREEK, latex_letter, marked

QUICK = ("katex", "mathjax")
LETTERS = ("x", "w0", "y*", "s'", "xhat", "mutilde", "thetabar", "net", "w_12", "boldW", *sorted(_GREEK))
LETTERS += tuple(f"bold{name}" for name in sorted(_GREEK - {"ell"}))
MARKS = ([], ["^{(2)}", "_{11}"], [r"^{\langle 2 \rangle}", "_{t}"], [r"^{\,\mathrm{new}}"])


@cache
def pages(name, flavour="github", **changes):
    """The formulas of a problem in Markdown, as a course would take them in."""
    text = to_markdown_document(solution_of(name, **changes), f"{name}.yaml", flavour).content
    return tuple(OF_MARKDOWN[flavour](text))


@cache
def single(name):
    """Every formula of a problem by name and form."""
    return of_macros(to_tex_macros(solution_of(name), f"{name}.yaml"))


def letters():
    assert all(LETTER.fullmatch(name) for name in LETTERS)
    return [marked(latex_letter(name), marks) for name in LETTERS for marks in MARKS]


def require_own(formula):
    """What derive itself reads in a formula is what is written, in letters for which every renderer has a font."""
    assert formula.replace(r"\text{–}", "").isascii(), formula
    assert read_mathml(to_mathml(formula)) == read_latex(formula), formula


def require_read(renderer, formulas, renderings):
    """A renderer takes the formulas and reads each as it is written."""
    for formula, one in zip(formulas, renderings, strict=True):
        assert not one.error, (renderer, formula, one.error)
        assert read_mathml(one.mathml) == read_latex(formula), (renderer, formula)


def test_every_formula_of_the_gallery():
    """Each row of a displayed formula by itself, some whole; single formulas; every letter that a file may choose."""
    names = sorted(assets.examples())
    shown = [formula for name in names for formula in pages(name)]
    aligned = [formula for formula in shown if len(rows(formula)) > 1]
    alone = [formula for name in names for key, formula in single(name).items() if key[1] != "closed"]
    each = [row for formula in shown for row in rows(formula)]
    assert min(len(aligned), len(each) - 1000, len(alone) - 5000) > 100
    formulas = one_of_each_shape([*each, *alone, *aligned[::20], *letters()])
    with ThreadPoolExecutor() as pool:
        found = {renderer: pool.submit(rendered, renderer, formulas) for renderer in QUICK}
        for formula in formulas:
            require_own(formula)
    for renderer, renderings in found.items():
        require_read(renderer, formulas, renderings.result())


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_renderer_refuses_what_pages_would_not_show(renderer):
    wrong = [r"\nosuch{x}", r"\frac{1}", r"\left( x", "x_{1}_{2}", r"\begin{bmatrix} 1", r"\unit{m}"]
    assert all(one.error for one in rendered(renderer, wrong))
    right, tagged = rendered(renderer, [r"\frac{1}{2}", r"x = 1 \tag{12}"])
    assert not tagged.error
    assert read_mathml(right.mathml) == read_latex(r"\frac{1}{2}") != read_latex(r"\frac{2}{1}")


def test_katex_is_strict_about_letters_that_are_no_mathematics():
    (thai, accented) = rendered("katex", [r"\mathrm{ไทย}", "größe"])
    assert "unicodeTextInMathMode" in thai.error
    assert "unicodeTextInMathMode" in accented.error


@pytest.mark.exhaustive
@pytest.mark.parametrize("renderer", RENDERERS)
def test_every_single_formula_is_read_and_drawn(renderer):
    names = sorted(assets.examples())
    formulas = one_of_each_shape(formula for name in names for formula in single(name).values())
    require_read(renderer, formulas, rendered(renderer, formulas))
    errors = [one.error for one in rendered(f"{renderer}-drawn", formulas)]
    assert not any(errors), errors


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("flavour", "language"),
    [*(("github", language) for language in assets.names("locales")), ("myst", "en"), ("quarto", "en")],
)
def test_every_formula_in_every_look(flavour, language):
    looks = product(assets.names("styles"), assets.names("notations"))
    formulas = one_of_each_shape(
        formula
        for style, notation in looks
        for name in PROBLEMS
        for formula in pages(name, flavour, style=style, notation=notation, language=language)
    )
    for formula in formulas:
        require_own(formula)
    for renderer in RENDERERS:
        require_read(renderer, formulas, rendered(renderer, formulas))
