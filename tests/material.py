"""Exports of the gallery as course material, and what the tools of each ecosystem read in them."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
from conftest import problem_of, program_or_skip, solution_of
from documents import document_of
from editions import to_markdown_document
from justhtml import JustHTML

import derive
from derive.document.mathematics import Blank, Marked, Math
from derive.document.pictures.geometry import Drawing
from derive.document.walk import within
from derive.exports.flavour import MARKDOWN
from derive.formats import Files
from derive.sources import assets

FLAVOURS = assets.names(MARKDOWN)
GALLERY = sorted(assets.examples())
NUMBER = re.compile(r"\d+(?:\.|\{,\})\d+")
HOSTILE = [
    "*stars* and _lines_ and __more__ ~~struck~~",
    "a|b || c",
    "`code` ``more`` ```",
    "<script>alert(1)</script> <b> &amp; &lt; <!-- no -->",
    "5 $ and $x$ and $$y$$",
    "# not a head",
    "1. not a list",
    "a) not one either",
    "- nor this",
    "+ nor that",
    "> no quotation",
    "= = =",
    "% no comment",
    ": no definition",
    "::: {.callout} :::",
    "(target)=",
    "@someone and [@eq-x] and a@b",
    "{role}`text` {{ name }} {.class} {#id}",
    "[link](x.y) ![image](z) [^1]",
    "back\\slash \\alpha \\(x\\)",
    "x^2^ H~2~O",
    "dots ... and --- dashes --",
    "two\nlines  and\ttabs",
    "ends with #",
]
_PHANTOM = re.compile(r"\\phantom\{[^{}]*\}|\\h?space\{[^{}]*\}")


@cache
def markdown_of(name: str, flavour: str, kind: str = "key", **changes: object) -> Files:
    return to_markdown_document(solution_of(name, **changes), f"{name}.yaml", flavour, kind)


def numbers(formulas: Iterator[str]) -> Counter[str]:
    """How often each number with a decimal mark stands in formulas, room for others left out."""
    return Counter(number for one in formulas for number in NUMBER.findall(_PHANTOM.sub("", one)))


def numbers_of_document(name: str, kind: str = "key", **changes: object) -> Counter[str]:
    """The numbers of a document as it is before any format: those of its blanks are not shown."""
    all_of_it = (one for one in within(document_of(name, kind, **changes), Math, Drawing) if isinstance(one, Math))
    found = (one.answer if isinstance(one, Marked) else one for one in all_of_it)
    pads = re.compile(r"\.\d+|\.")
    return numbers(one for one in found if not isinstance(one, Blank) and not pads.fullmatch(one))


def write(made: Files, folder: Path, stem: str) -> Path:
    """The text and the pictures as files."""
    path = folder / f"{stem}{made.ending}"
    path.write_text(made.content, encoding="utf-8")
    for name, svg in made.beside.items():
        (folder / name).write_text(svg, encoding="utf-8")
    return path


def page_of_github(text: str) -> JustHTML:
    """The page that GitHub's own parser makes."""
    return JustHTML(f"<body>{cmarkgfm.github_flavored_markdown_to_html(text)}", sanitize=False)


def formulas_of_github(text: str) -> list[str]:
    """What GitHub reads as mathematics: blocks in that language, and code between dollar signs."""
    page = cmarkgfm.github_flavored_markdown_to_html(text)
    blocks = re.findall(r'<pre lang="math"><code>(.*?)</code></pre>', page, re.DOTALL)
    return [html.unescape(one) for one in [*blocks, *re.findall(r"\$<code>(.*?)</code>\$", page)]]


@cache
def pandoc(text: str) -> Any:
    """The tree that Pandoc, which Quarto reads with, makes of Markdown."""
    import pypandoc

    return json.loads(pypandoc.convert_text(text, "json", format="markdown"))


def nodes(tree: Any, *kinds: str) -> Iterator[Any]:
    """The nodes of some kinds in Pandoc's tree (key `t`), or in MyST's (key `type`), in order."""
    if isinstance(tree, list):
        for one in tree:
            yield from nodes(one, *kinds)
    elif isinstance(tree, dict):
        if tree.get("t") in kinds or tree.get("type") in kinds:
            yield tree
        for value in tree.values():
            yield from nodes(value, *kinds)


MYST_EXTENSIONS = (
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "fieldlist",
    "strikethrough",
    "substitution",
    "tasklist",
)
"""What a book may have switched on."""


def doctree(text: str) -> Any:
    """What MyST-Parser reads; it fails at a warning."""
    from docutils.core import publish_doctree
    from myst_parser.docutils_ import Parser

    settings = {
        "myst_enable_extensions": ["dollarmath", *MYST_EXTENSIONS],
        "myst_substitutions": {"name": "substituted"},
        "report_level": 2,
        "halt_level": 5,
        "myst_suppress_warnings": ["myst.role", "myst.directive_unknown", "myst.role_unknown"],
    }
    return publish_doctree(text, parser=Parser(), settings_overrides=settings)


def myst_book(folder: Path) -> dict[str, Any]:
    """The pages that mystmd makes of the files in a folder, each as its tree; a warning or a dead reference fails."""
    program_or_skip("node")
    program = program_or_skip(str(Path(sys.executable).with_name("myst")))
    (folder / "theme").mkdir(exist_ok=True)
    (folder / "theme" / "template.yml").write_text("jtex: v1\ntitle: none\nparts: []\n", encoding="utf-8")
    (folder / "myst.yml").write_text(
        "version: 1\nproject: {title: Book}\nsite: {template: ./theme}\n", encoding="utf-8"
    )
    done = subprocess.run(
        [program, "build", "--site", "--ci", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not re.search("⚠|⛔|❌", said), said
    pages = (folder / "_build" / "site" / "content").glob("*.json")
    return {path.stem: json.loads(path.read_text("utf-8"))["mdast"] for path in pages}


def sphinx_book(folder: Path, stems: list[str]) -> Path:
    """The pages that Sphinx makes of the files in a folder; a warning fails."""
    pytest.importorskip("sphinx")
    from sphinx.cmd.build import main

    index = "# Book\n\n```{toctree}\n" + "\n".join(stems) + "\n```\n"
    (folder / "index.md").write_text(index, encoding="utf-8")
    (folder / "conf.py").write_text(
        'extensions = ["myst_parser"]\nmyst_enable_extensions = ["dollarmath"]\nnumfig = True\n', encoding="utf-8"
    )
    assert main(["-q", "-W", "-b", "html", str(folder), str(folder / "_html")]) == 0
    return folder / "_html"


def telling(texts):
    """A problem that says texts: each as a condition, all of them wherever a text may stand."""
    whole = " ".join(texts)
    stated = {"title": whole, "text": whole, "conditions": texts}
    changes = {"title": whole, "author": whole, "course": whole, "exercise": stated}
    return derive.solve(derive.Problem.model_validate({**dict(problem_of("single-neuron")), **changes}))
