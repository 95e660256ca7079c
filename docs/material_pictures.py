"""Pictures of what course material shows: each ecosystem's own reader makes a page, the browser draws it.

MathJax is that of the tests: `npm ci` in `tests/web_math`. The notebook needs nbconvert, the script PyTorch.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image

import derive
from derive.document.build import Edition
from derive.exports.markdown import to_markdown
from derive.exports.notebook import to_notebook
from derive.exports.pytorch import to_pytorch
from derive.exports.tex_fragment import to_tex_fragment
from derive.problem.model import Problem
from derive.sources import assets
from derive.tex.compile import compile_latex
from derive.tex.engine import find_engine

MATHJAX = Path(__file__).parent.parent / "tests" / "web_math" / "node_modules" / "mathjax-3" / "es5" / "tex-svg.js"
WIDTH = 900
SETTLED = 2500
"""Milliseconds until MathJax has set a page."""
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--allow-file-access-from-files"]
PLAIN = (
    "<style>body{font:16px/1.5 system-ui,Helvetica,Arial,sans-serif;max-width:%s;margin:30px auto;color:#1f2328}"
    "table{border-collapse:collapse;margin:0 auto 16px}td,th{%s}%s</style>"
)
SCRIPT = (
    f'<script>MathJax={{tex:{{inlineMath:[["\\\\(","\\\\)"]]}}}}</script><script src="{MATHJAX.as_uri()}"></script>'
)


@dataclass(frozen=True)
class Rendered:
    """A part of a page that `write` makes of an edition in a folder: from a height on, so many pixels."""

    name: str
    write: Callable[[Edition, Path], Path]
    top: int
    height: int
    style: str = ""

    @property
    def edition(self) -> Edition:
        """The document, before it is written."""
        problem = derive.load(assets.examples()[self.name])
        changes = {"style": self.style} if self.style else {}
        solution = derive.solve(Problem.model_validate({**dict(problem), **changes}))
        return Edition.of(solution, f"{self.name}.yaml")

    def images(self, folder: Path) -> list[Image.Image]:
        """What the browser shows of it."""
        from playwright.sync_api import sync_playwright

        path, shot = self.write(self.edition, folder), folder / "page.png"
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": WIDTH, "height": self.height})
            page.goto(path.as_uri())
            page.wait_for_timeout(SETTLED)
            area = {"x": 0, "y": self.top, "width": WIDTH, "height": self.height}
            page.screenshot(path=str(shot), full_page=True, clip=area)
            browser.close()
        return [Image.open(shot).convert("RGB")]


@dataclass(frozen=True)
class InAnArticle:
    """Pages of an article that has the fragments of problems."""

    names: tuple[str, ...]
    pages: tuple[int, ...]

    def images(self, folder: Path) -> list[Image.Image]:
        """Its pages, drawn."""
        fragments = [
            to_tex_fragment(Rendered(name, lambda _, path: path, 0, 0).edition, "sections") for name in self.names
        ]
        needs = dict.fromkeys(one for text in fragments for one in text.splitlines()[0][len("% Needs ") :].split("; "))
        head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern}" + "".join(needs)
        said = r"\section{Backpropagation by hand}\noindent Work it yourself before you read on."
        tex = f"{head}\\begin{{document}}{said}\n{''.join(fragments)}\\end{{document}}\n"
        (folder / "article.pdf").write_bytes(compile_latex(tex, find_engine("wheel")).pdf or b"")
        command = ["pdftoppm", "-r", "60", "-png", str(folder / "article.pdf"), str(folder / "sheet")]
        subprocess.run(command, check=True)
        drawn = sorted(folder.glob("sheet*.png"))
        return [Image.open(drawn[number - 1]).convert("RGB") for number in self.pages]


def _beside(edition: Edition, folder: Path, flavour: str) -> tuple[str, Path]:
    made = to_markdown(edition, flavour)
    for name, svg in made.beside.items():
        (folder / name).write_text(svg, encoding="utf-8")
    return made.content, folder / f"page{made.ending}"


def github(edition: Edition, folder: Path) -> Path:
    """A page as GitHub's parser has it, its mathematics by MathJax."""
    import cmarkgfm

    text, path = _beside(edition, folder, "github")
    body = cmarkgfm.github_flavored_markdown_to_html(text)
    body = re.sub(r'<pre lang="math"><code>(.*?)</code></pre>', r"\\[\1\\]", body, flags=re.DOTALL)
    body = re.sub(r"\$<code>(.*?)</code>\$", r"\\(\1\\)", body, flags=re.DOTALL)
    look = PLAIN % ("830px", "border:1px solid #d1d9e0;padding:6px 13px", "h1,h2{border-bottom:1px solid #d1d9e0}")
    path = path.with_suffix(".html")
    path.write_text(f"<!doctype html><meta charset=utf-8>{look}{SCRIPT}{body}", encoding="utf-8")
    return path


def sphinx(edition: Edition, folder: Path) -> Path:
    """A page of a book of Sphinx with MyST-Parser."""
    from sphinx.cmd.build import main

    text, path = _beside(edition, folder, "myst")
    path.with_name("index.md").write_text(text, encoding="utf-8")
    (folder / "_static").mkdir()
    (folder / "_static" / "mathjax.js").write_bytes(MATHJAX.read_bytes())
    configuration = (
        'extensions = ["myst_parser"]\nmyst_enable_extensions = ["dollarmath"]\nnumfig = True\n'
        'html_static_path = ["_static"]\nmathjax_path = "mathjax.js"\nmathjax_options = {}\n'
        'html_theme_options = {"nosidebar": True, "page_width": "860px"}\n'
    )
    (folder / "conf.py").write_text(configuration, encoding="utf-8")
    main(["-q", "-b", "html", str(folder), str(folder / "_html")])
    return folder / "_html" / "index.html"


def pandoc(edition: Edition, folder: Path) -> Path:
    """A page by Pandoc, which Quarto reads with; Quarto adds the numbers of figures, tables and equations."""
    import pypandoc

    text, path = _beside(edition, folder, "quarto")
    body = pypandoc.convert_text(text, "html", format="markdown", extra_args=["--mathjax"])
    body = body.replace('<span class="math', '<span class="tex2jax_process math')
    rules = "border-bottom:1px solid #dee2e6;padding:6px 12px"
    look = PLAIN % ("740px", rules, "figure{text-align:center}figcaption,caption{color:#5a6570}")
    path = path.with_suffix(".html")
    path.write_text(f"<!doctype html><meta charset=utf-8>{look}{SCRIPT}{body}", encoding="utf-8")
    return path


def script(edition: Edition, folder: Path) -> Path:
    """The optimizer and loop of the script and what it prints, beside each other; needs PyTorch."""
    text = to_pytorch(edition.solved[0].solution, edition.solved[0].source)
    path, page = folder / "script.py", folder / "script.html"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    loop = text[text.index("optimizer = ") : text.index("# the answer key")]
    columns = "".join(f"<pre>{escape(column)}</pre>" for column in (loop, done.stdout))
    look = "<style>body{margin:20px;display:flex;gap:40px;color:#1f2328}pre{font:12.5px/1.4 monospace;margin:0}</style>"
    page.write_text(f"<!doctype html><meta charset=utf-8>{look}{columns}", encoding="utf-8")
    return page


def notebook(edition: Edition, folder: Path) -> Path:
    """A notebook that ran, as nbconvert shows it."""
    path = folder / "page.ipynb"
    path.write_text(to_notebook(edition), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    page = path.with_suffix(".html")
    text = re.sub(r'<script[^>]*src="https?:[^"]*"[^>]*></script>', "", page.read_text("utf-8"))
    dollars = '<script>MathJax={tex:{inlineMath:[["$","$"]]}}</script>'
    page.write_text(text.replace("</head>", f'{dollars}<script src="{MATHJAX.as_uri()}"></script></head>'), "utf-8")
    return page


FRA501 = "fra501-homework-4-1"
SHEETS: dict[str, tuple[Rendered | InAnArticle, ...]] = {
    "embed-github": (Rendered(FRA501, github, 1000, 1000),),
    "embed-myst": (Rendered(FRA501, sphinx, 700, 1000),),
    "embed-quarto": (Rendered("two-two-two", pandoc, 500, 1000, style="steps"),),
    "embed-notebook": (Rendered("single-neuron", notebook, 0, 1200),),
    "embed-pytorch": (Rendered(FRA501, script, 0, 880),),
    "embed-latex": (InAnArticle(("two-two-two", "homework-2-1"), (1, 2, 4)),),
}
"""Each picture, and what stands beside one another in it."""
