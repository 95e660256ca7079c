"""Pictures of books and notebooks that work a problem file themselves: the sample books of the tests, built.

They need Sphinx with MyST-Parser, mystmd with Node, nbconvert, and MathJax and KaTeX as the tests have them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from material_pictures import CHROMIUM, FLAGS, MATHJAX, SETTLED
from PIL import Image

from derive.sources import assets

BOOKS = Path(__file__).parent.parent / "tests" / "books"
KATEX = MATHJAX.parents[2] / "katex" / "dist" / "katex.min.css"
PAGE = (
    "<!doctype html><meta charset=utf-8>"
    "<style>body{font:16px/1.5 system-ui,sans-serif;margin:24px 40px}table{border-collapse:collapse;margin:auto}"
    "td,th{border-bottom:1px solid #ddd;padding:5px 14px;text-align:left;white-space:nowrap}figure{text-align:center}"
    ".equation{display:flex;justify-content:space-between;align-items:center}.equation>div{flex:1}</style>"
)
TAGS = {"paragraph": "p", "table": "table", "tableRow": "tr", "container": "figure", "caption": "figcaption"}


@dataclass(frozen=True)
class Page:
    """The pages that `write` makes in a folder, each as wide and as high as this in pixels."""

    write: Callable[[Path], Iterator[Path]]
    width: int
    height: int

    def images(self, folder: Path) -> list[Image.Image]:
        """What the browser shows of them."""
        from playwright.sync_api import sync_playwright

        found = []
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for number, path in enumerate(self.write(folder)):
                page = browser.new_page(viewport={"width": self.width, "height": self.height})
                page.goto(path.as_uri())
                page.wait_for_timeout(SETTLED)
                shot = folder / f"shot{number}.png"
                page.screenshot(path=str(shot))
                found.append(Image.open(shot).convert("RGB"))
            browser.close()
        return found


def _laid_out(name: str, folder: Path) -> None:
    shutil.copytree(BOOKS / name, folder, dirs_exist_ok=True)
    (folder / "problems").mkdir()
    shutil.copy(assets.examples()["fra501-homework-4-1"], folder / "problems" / "homework.yaml")
    shutil.copy(assets.examples()["sigmoid-circuit"], folder / "circuit.yaml")


def sphinx(folder: Path) -> Iterator[Path]:
    """Both pages of the sample book of Sphinx."""
    from sphinx.cmd.build import main

    _laid_out("sphinx", folder)
    (folder / "_static").mkdir()
    (folder / "_static" / "mathjax.js").write_bytes(MATHJAX.read_bytes())
    look = (
        'html_static_path = ["_static"]\nmathjax_path = "mathjax.js"\nmathjax_options = {}\n'
        'html_theme_options = {"nosidebar": True, "page_width": "800px"}\nhtml_show_sphinx = False\n'
    )
    with (folder / "conf.py").open("a", encoding="utf-8") as stream:
        stream.write(look)
    main(["-q", "-b", "html", str(folder), str(folder / "_html")])
    yield from (folder / "_html" / f"{name}.html" for name in ("index", "circuit"))


def myst(folder: Path) -> Iterator[Path]:
    """Both pages of the sample book of MyST as mystmd reads them, its formulas and figures in a plain look."""
    _laid_out("myst", folder)
    (folder / "theme").mkdir()
    (folder / "theme" / "template.yml").write_text("jtex: v1\ntitle: none\nparts: []\n", encoding="utf-8")
    project = (folder / "myst.yml").read_text("utf-8").replace("book-theme", "./theme")
    (folder / "myst.yml").write_text(project, encoding="utf-8")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["myst", "build", "--site", "--ci"], cwd=folder, env={**os.environ, "PATH": programs}, check=False)  # noqa: S607 - there is no theme to be had
    site = folder / "_build" / "site"
    for name in ("index", "circuit"):
        found = json.loads((site / "content" / f"{name}.json").read_text("utf-8"))
        path = site / "public" / f"{name}.html"
        head = f'{PAGE}<link rel=stylesheet href="{KATEX.as_uri()}"><h1>{escape(found["frontmatter"]["title"])}</h1>'
        path.write_text(head + _html(found["mdast"]), encoding="utf-8")
        yield path


def _html(node: dict[str, Any]) -> str:
    """A node of MyST's tree."""
    inner = "".join(_html(child) for child in node.get("children", []))
    match node["type"]:
        case "text":
            return escape(node["value"])
        case "inlineMath":
            return str(node["html"])
        case "math":
            return f'<div class="equation"><div>{node["html"]}</div>({node["enumerator"]})</div>'
        case "image":
            return f'<img src="{node["url"].lstrip("/")}">'
        case "crossReference":
            return f'<a href="#">{inner}</a>'
        case "captionNumber":
            return f"{inner} "
        case "tableCell":
            return f"<th>{inner}</th>" if node.get("header") else f"<td>{inner}</td>"
        case kind:
            return f"<{TAGS[kind]}>{inner}</{TAGS[kind]}>" if kind in TAGS else inner


def notebook(folder: Path) -> Iterator[Path]:
    """The cells of the page on notebooks that begin with the magic, after they ran."""
    page = (Path(__file__).parent / "embed" / "notebook.md").read_text("utf-8")
    *_, text = re.findall(r"^```ipython\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    cells = [*text.split("# %%\n"), "neuron.rounds[1].table()"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
    path = folder / "page.ipynb"
    nbformat.write(made, path)
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    shown = path.with_suffix(".html")
    local = re.sub(r'<script[^>]*src="https?:[^"]*"[^>]*></script>', "", shown.read_text("utf-8"))
    shown.write_text(local, encoding="utf-8")
    yield shown


SHEETS: dict[str, tuple[Page, ...]] = {
    "embed-sphinx": (Page(sphinx, 860, 1020),),
    "embed-plugin": (Page(myst, 880, 960),),
    "embed-shows": (Page(notebook, 900, 1240),),
}
"""Each picture, and what stands beside one another in it."""
