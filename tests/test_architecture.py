"""The page on the architecture: its picture is the imports' and its walk is the one that a key takes."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

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


WALK = """
import sys
from pathlib import Path

import derive
from derive.document.build import Edition
from derive.render.latex import to_latex
from derive.tex.compile import compile_latex
from derive.tex.engine import engine_for

called = []

def note(frame, event, _):
    code = frame.f_code
    step = f"{code.co_filename.rpartition('/derive/')[2].removesuffix('.py')} {code.co_name}"
    if event == "call" and step in sys.argv[2:] and step not in called:
        called.append(step)

sys.setprofile(note)
tex = to_latex(Edition.of(derive.solve(derive.load(Path(sys.argv[1]))), "walk.yaml"))
compile_latex(tex, engine_for(tex, "wheel"))
sys.setprofile(None)
print("\\n".join(called))
"""
"""What tells the functions that a key of a fresh process calls, in the order of their first calls."""


def test_a_key_takes_the_way_that_the_page_walks() -> None:
    steps = [" ".join(step) for step in STEP.findall(PAGE.read_text(encoding="utf-8"))]
    command = [sys.executable, "-c", WALK, str(ROOT / "examples" / "two-two-two.yaml"), *steps]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert len(steps) > 9
    assert run.stdout.split("\n")[:-1] == steps
