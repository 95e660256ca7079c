"""KaTeX and MathJax, as web pages and notebooks have them: they run in Node, many formulas at once."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import program_or_skip

FOLDER = Path(__file__).parent / "web_math"
RENDERERS = ("katex", "mathjax", "mathjax-3")
_MATH = re.compile(r"<math\b.*</math>", re.DOTALL)


@dataclass(frozen=True)
class Rendering:
    """What a renderer made of a formula: the MathML of it, or why it refused."""

    mathml: str
    error: str


def rendered(renderer: str, formulas: Sequence[str]) -> list[Rendering]:
    """What a renderer makes of formulas that stand on a line of their own; anything it warns of is an error."""
    node = program_or_skip("node")
    if not (FOLDER / "node_modules").exists():
        pytest.skip("missing: KaTeX and MathJax; `npm ci` in tests/web_math installs them")
    asked = "".join(f"{json.dumps(formula)}\n" for formula in formulas)
    done = subprocess.run(
        [node, FOLDER / "render.mjs", renderer], input=asked, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(formulas)
    return [Rendering(_math(one.get("mathml", "")), one.get("error", "")) for one in found]


def _math(page: str) -> str:
    found = _MATH.search(page)
    return found[0] if found else ""
