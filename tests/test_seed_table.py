"""Every number of the two-output sigmoid homework, as its key printed it, but for the slips in that key."""

import json
from pathlib import Path

import pytest
from conftest import TABLE, compiled, solution_of, tex_of, text_of

from derive.problem.rounding import Rounding

PRINTED = json.loads((Path(__file__).parent / "data" / "seed_003.json").read_text())
SLIPS = {
    "r1.L": "0.330522",
    "r2.b2": "0.106279",
    "r3.f2": "0.551565",
    "r3.dw12": "-0.011092",
    "r4.f2": "0.593438",
    "r4.b1": "0.177969",
    "r4.L": "0.268959",
}
EXPECTED = {name: SLIPS.get(name, printed) for name, printed in PRINTED.items()}


def shown(solution, seed_name):
    part, name = seed_name.split(".")
    round = solution.rounds[int(part[1:])]
    if name.startswith("d"):
        return round["dL/" + name].shown
    return round[name + "_new" if name[0] in "wb" else name].shown


@pytest.mark.parametrize("name", EXPECTED)
def test_number_as_printed(table, name):
    assert shown(table, name) == EXPECTED[name]


def test_all_slips_are_slips():
    assert len(PRINTED) == 4 * 25
    assert all(PRINTED[name] != right for name, right in SLIPS.items())


def test_every_number_is_in_the_pdf(tmp_path):
    text = text_of(compiled(tex_of(TABLE)).pdf, tmp_path)
    assert [name for name, number in EXPECTED.items() if number not in text] == []
    for word in ("Questions 4 to 6 are extra!", "worth 3 %", "100 points, worth 10 %", "First round", "Google Drive"):
        assert word in text


def test_four_places_works_too():
    four = solution_of(TABLE, rounding=Rounding(places=4, zeros="keep"))
    assert four.rounds[1]["f1"].shown == "0.6130"
    assert four.rounds[2]["b2_new"].shown == "0.1063"
    assert four.rounds[1]["L"].shown == "0.3305"


def test_the_page_keeps_what_the_sheet_has():
    tex = tex_of(TABLE)
    for piece in (
        r"\mathrm{sigmoid}(s_{1})",
        r"\cellline{f_{1} = 1/(1 + e^{-s_{1}})}",
        r"\frac{\mathrm{d}L}{\mathrm{d}s_{1}} \times 1",
        r"w_{11} \times x_{1} + w_{21} \times x_{2} + b_{1}",
        r"\frac{(y_{1} - f_{1})^{2}}{2} + \frac{(y_{2} - f_{2})^{2}}{2}",
        r"\frac{\mathrm{d}L}{\mathrm{d}f_{1}} \times f_{1} \times (1 - f_{1})",
        r"\cellline{(y_{1} - f_{1})^{2}}",
    ):
        assert piece in tex
