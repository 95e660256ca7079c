"""The catalog as text: `derive list` and the page of the docs say all that the entries state."""

from pathlib import Path
from runpy import run_path

import pytest

from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers import layers
from derive.catalog.listing import as_text, catalog
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.schedules import SCHEDULES

PAGES = run_path(str(Path(__file__).parent.parent / "docs" / "make_catalog.py"))["PAGES"]
GROUPS = {
    "layers": layers(),
    "activations": ACTIVATIONS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_up_to_date(page):
    assert page.read_text(encoding="utf-8") == PAGES[page](), "run python docs/make_catalog.py"


def test_options_say_their_default_in_words():
    (equations,) = (one for one in catalog()["layers"] if one.name == "equations")
    assert dict(equations.remarks)["options"] == ("equations", "values (default: none)", "constants (default: none)")


@pytest.mark.parametrize("group", GROUPS)
def test_every_entry_is_listed_with_its_reference(group):
    entries = {one.name: one for one in catalog()[group]}
    assert set(entries) == set(GROUPS[group])
    for name, one in entries.items():
        assert one.reference, name
        assert one.about, name


def test_what_an_entry_states_is_said():
    groups = dict(as_text())
    lines = {**groups["optimizers"], **groups["losses"], **groups["activations"], **groups["layers"]}
    assert (
        "backward: ds[j] = df[j]*activation'(s[j]); dw[i,j] = x[i]*ds[j]; dx[i] = sum(j, w[i,j]*ds[j]); db[j] = ds[j]"
        in lines["dense"]
    )
    assert any(line.startswith("options: ") and "bias (default: unit)" in line for line in lines["dense"])
    assert "derivative: df/ds = gate(s,c)" in lines["relu"]
    assert "kinks: s = 0" in lines["relu"]
    assert "constants: alpha (default: 0.25, trained)" in lines["parametric relu"]
    assert any("it has no derivative" in line for line in lines["step"])
    assert "derivative: dL/df = (p-y)" in lines["cross-entropy on logits"]
    assert "states, 0 at first: v" in lines["momentum"]
