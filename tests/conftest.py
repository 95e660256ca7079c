"""Shared pieces: the seeds' solutions, a TeX that may be missing, the `--no-skips` switch."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from editions import to_latex_document
from everyday import PROFILE, examples, mark_slow_cases
from hypothesis import Phase, settings

import derive
from derive.errors import TexError
from derive.sources import assets
from derive.tex.compile import Compiled, compile_latex
from derive.tex.engine import Engine, engine_for

TABLE, MATRIX = "fra501-homework-4-1", "homework-2-1"


settings.register_profile("everyday", derandomize=True, max_examples=examples(100))
settings.register_profile("stable", derandomize=True)
settings.register_profile("explore", derandomize=False, print_blob=True)
settings.register_profile("planted", derandomize=True, phases=[Phase.explicit, Phase.generate])
settings.load_profile(PROFILE)

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Dozens of tests start `python -m derive`: compiling its modules anew costs each of them two seconds."""


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a test that skips for a missing program fails instead")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Many cases of one test run every day in part; a test that is named runs with all of them."""
    if not any("::" in one for one in config.args):
        mark_slow_cases(items)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    missing = report.skipped and "missing:" in str(report.longrepr)
    if missing and item.config.getoption("--no-skips"):
        report.outcome = "failed"


@cache
def problem_of(name: str) -> derive.Problem:
    return derive.load(assets.examples()[name])


@cache
def solution_of(name: str, **changes: object) -> derive.Solution:
    problem = problem_of(name)
    return derive.solve(derive.Problem.model_validate({**dict(problem), **changes}) if changes else problem)


def engine_or_skip(tex: str = "") -> Engine:
    """The TeX that a document asks for; pdfLaTeX without one."""
    try:
        return engine_for(tex)
    except TexError as error:
        pytest.skip(f"missing: TeX ({error})")


def program_or_skip(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"missing: {name}")
    return found


@cache
def _compiled(tex: str, engine: Engine) -> Compiled:
    return compile_latex(tex, engine)


def compiled(tex: str) -> Compiled:
    result = _compiled(tex, engine_or_skip(tex))
    if result.error.startswith("no font for"):
        pytest.skip(f"missing: {result.error}")
    return result


@cache
def tex_of(name: str) -> str:
    return to_latex_document(solution_of(name), f"{name}.yaml")


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """The text of a PDF, ligatures and minus signs made plain."""
    program = program_or_skip("pdftotext")
    path = tmp_path / "document.pdf"
    path.write_bytes(pdf)
    done = subprocess.run([program, "-layout", str(path), "-"], capture_output=True, check=True)
    text = done.stdout.decode("utf-8")
    for ligature, letters in (("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬀ", "ff"), ("ﬃ", "ffi"), ("−", "-")):
        text = text.replace(ligature, letters)
    return text


@pytest.fixture
def table():
    return solution_of(TABLE)


@pytest.fixture
def matrix():
    return solution_of(MATRIX)
