"""The faults that `python -m tests.plant` plants: each changes a text that stands once in its file."""

import ast

import pytest
import yaml
from plant import all_faults, unsound, verdict
from plants.fault import ROOT, Fault

FAULTS = all_faults()


def test_every_fault_changes_a_text_that_stands_once_in_its_file():
    wrong = [fault.name for fault in FAULTS if (ROOT / fault.path).read_text("utf-8").count(fault.before) != 1]
    assert wrong == []
    assert [fault.name for fault in FAULTS if fault.before == fault.after] == []
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 300


def test_a_file_with_a_fault_is_still_of_its_language():
    """A fault that cannot be read would be seen by any test."""
    for fault in FAULTS:
        text = fault.planted((ROOT / fault.path).read_text("utf-8"))
        ast.parse(text) if fault.path.endswith(".py") else yaml.load(
            text, getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        )


def test_the_tests_of_every_fault_are_there():
    files = {one.partition("::")[0] for fault in FAULTS for one in fault.tests if one.startswith("tests/")}
    assert [name for name in sorted(files) if not (ROOT / name).is_file()] == []
    assert all(fault.tests[0].startswith("tests/") for fault in FAULTS)


@pytest.fixture
def project(tmp_path):
    """A project of one function and one test."""
    (tmp_path / "sums.py").write_text("def add(a, b):\n    return a + b\n", "utf-8")
    text = "import pytest\nfrom sums import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n\n\n"
    text += "def test_nothing():\n    add(1, 2)\n\n\ndef test_broken():\n    assert add(1, 2) == 4\n\n\n"
    text += "def test_skipped():\n    pytest.skip('missing: everything')\n"
    (tmp_path / "test_sums.py").write_text(text, "utf-8")
    return tmp_path


def fault(test, after="a - b"):
    return Fault("sums.py", "a + b", after, (f"test_sums.py::{test}",))


def test_a_fault_is_seen_or_lives_and_the_file_is_as_it_was(project):
    before = (project / "sums.py").read_text("utf-8")
    assert unsound(project, [fault("test_add"), fault("test_nothing")]) == ""
    assert verdict(fault("test_add"), project) == "seen"
    assert verdict(fault("test_nothing"), project) == "lived"
    assert verdict(fault("test_add", "b + a"), project) == "lived"
    assert verdict(fault("test_gone"), project).startswith("pytest ended with 4")
    assert (project / "sums.py").read_text("utf-8") == before


@pytest.mark.parametrize("test", ["test_broken", "test_skipped", "test_gone"])
def test_tests_that_cannot_tell_stop_everything(project, test):
    """One that fails without a fault would count as seen each time; one that is skipped or gone sees nothing."""
    assert "nothing was planted" in unsound(project, [fault(test)])
