"""The page on the architecture: its picture is the imports' and its walk is the one that a key takes."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path
from types import FrameType, ModuleType

import pytest

import derive
from derive.document.build import Edition
from derive.render.latex import to_latex
from derive.tex.compile import compile_latex
from derive.tex.engine import engine_for

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
ROOMS = sorted(path for path in (ROOT / "derive").rglob("__init__.py") if path.parent.name not in {"layers", "losses"})
STEP = re.compile(r"^\d+\. `(\S+)\.py` `(\w+)`", re.MULTILINE)


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_architecture", ROOT / "docs" / "make_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_shows_the_imports_as_they_are() -> None:
    maker = _maker()
    assert maker.PICTURE.read_text(encoding="utf-8") == maker.drawn(), "run `python docs/make_architecture.py`"


@pytest.mark.parametrize("path", ROOMS[1:], ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_a_room_says_what_comes_in_and_what_goes_out(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert re.search(r"\. In: .+\. Out: .+\.$", " ".join(text.split()))


def test_a_key_takes_the_way_that_the_page_walks() -> None:
    steps = STEP.findall(PAGE.read_text(encoding="utf-8"))
    called: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and "/derive/" in code.co_filename:
            step = (code.co_filename.rpartition("/derive/")[2].removesuffix(".py"), code.co_name)
            if step in steps and step not in called:
                called.append(step)

    sys.setprofile(note)
    try:
        problem = derive.load(ROOT / "examples" / "two-two-two.yaml")
        tex = to_latex(Edition.of(derive.solve(problem), "two-two-two.yaml"))
        compile_latex(tex, engine_for(tex, "wheel"))
    finally:
        sys.setprofile(None)
    assert len(steps) > 9
    assert called == steps
