"""Draw the pictures of the documentation again.

`python docs/make_pictures.py` needs TeX, pdftoppm, Pillow, for web pages Playwright with Chromium, for spreadsheets
LibreOffice with the fonts Carlito and Caladea; names after it choose pictures.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import book_pictures
import material_pictures
from PIL import Image

import derive
from derive.document.build import Edition
from derive.exports.spreadsheet import to_xlsx
from derive.problem.model import Problem
from derive.render.html import to_html
from derive.render.latex import to_latex
from derive.sources import assets
from derive.tex.compile import compile_latex
from derive.tex.engine import engine_for

HERE = Path(__file__).parent / "pictures"
GAP = 12
TALLEST = 700
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Made:
    """A document of an example: what differs from its file, its kind, and which of its pages are shown."""

    name: str
    pages: tuple[int, ...] = (1,)
    kind: str = "key"
    style: str = ""
    language: str = ""

    @property
    def edition(self) -> Edition:
        """The document, before it is written."""
        problem = derive.load(assets.examples()[self.name])
        wished = {"style": self.style, "language": self.language}
        changes = {key: value for key, value in wished.items() if value}
        return Edition.of(
            derive.solve(Problem.model_validate({**dict(problem), **changes})), f"{self.name}.yaml", self.kind
        )

    def images(self, folder: Path) -> list[Image.Image]:
        """Its pages, drawn."""
        tex = to_latex(self.edition)
        path = folder / "document.pdf"
        path.write_bytes(compile_latex(tex, engine_for(tex, "wheel")).pdf or b"")
        subprocess.run(["pdftoppm", "-r", "60", "-png", str(path), str(folder / "page")], check=True)  # noqa: S607
        drawn = sorted(folder.glob("page*.png"))
        found = [Image.open(drawn[page - 1]).convert("RGB") for page in self.pages]
        for one in drawn:
            one.unlink()
        return found


@dataclass(frozen=True)
class Screen:
    """A page for the browser, as wide as a screen, light or dark."""

    made: Made
    width: int
    scheme: str = "light"

    def images(self, folder: Path) -> list[Image.Image]:
        """What a screen shows of it."""
        from playwright.sync_api import sync_playwright

        page_path, shot = folder / "page.html", folder / "screen.png"
        page_path.write_text(to_html(self.made.edition), encoding="utf-8")
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": self.width, "height": TALLEST}, color_scheme=self.scheme)
            page.goto(page_path.as_uri())
            page.screenshot(path=str(shot))
            browser.close()
        return [Image.open(shot).convert("RGB")]


@dataclass(frozen=True)
class Spreadsheet:
    """The rounds of an example as LibreOffice prints them."""

    name: str
    pages: tuple[int, ...] = (1,)

    def images(self, folder: Path) -> list[Image.Image]:
        """Its pages, drawn."""
        book = folder / "rounds.xlsx"
        solution = derive.solve(derive.load(assets.examples()[self.name]))
        book.write_bytes(to_xlsx(solution, f"{self.name}.yaml"))
        office = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
        command = [*office, "--convert-to", "pdf", "--outdir", str(folder), str(book)]
        subprocess.run(command, check=True, capture_output=True)
        pages = ["pdftoppm", "-r", "80", "-png", str(folder / "rounds.pdf"), str(folder / "page")]
        subprocess.run(pages, check=True)
        drawn = sorted(folder.glob("page*.png"))
        return [Image.open(drawn[page - 1]).convert("RGB") for page in self.pages]


FRA501 = "fra501-homework-4-1"
SHEETS: dict[str, tuple[Made | Screen | Spreadsheet, ...]] = {
    "keys": (Made(FRA501, (1, 2)), Made("homework-2-1", (1, 2))),
    "gallery": (
        Made("two-gates"),
        Made("batch-norm-three-samples"),
        Made("convolution-pooling"),
        Made("attention-three-tokens"),
    ),
    "handouts": (
        Made(FRA501, (1, 2), "worksheet"),
        Made(FRA501, (2, 5), "marking"),
    ),
    "web-page": (
        Screen(Made(FRA501), 900),
        Screen(Made("two-two-two", style="steps"), 900, "dark"),
        Screen(Made("homework-2-1"), 375),
    ),
    "languages": (
        Made(FRA501, (2,), language="de"),
        Made("two-two-two", (1,), style="steps", language="th"),
        Made("two-two-two", (1,), style="steps", language="zh-TW"),
        Made("homework-2-1", (1,), language="fr"),
    ),
    "style-table": (Made(FRA501, (1, 2)),),
    "style-matrix": (Made("homework-2-1", (1, 2)),),
    "style-worked": (Made("two-two-two", (1, 2), style="worked"),),
    "style-graph": (Made("two-gates", style="graph"), Made("sigmoid-circuit", style="graph")),
    "style-steps": (Made("two-two-two", (1, 2), style="steps"),),
    "style-summary": (
        Made("two-two-two", style="summary"),
        Made("convolution-pooling", style="summary"),
    ),
    "style-slides": (Made("two-two-two", (1, 3, 4, 9), style="slides"),),
    "spreadsheet": (Spreadsheet(FRA501),),
    "style-exam": (Made("two-two-two", (1, 2), style="exam"),),
}
"""Each picture, and what stands beside one another in it."""


def sheet(drawn: Sequence[Image.Image]) -> Image.Image:
    """Pages beside one another."""
    width = sum(page.width for page in drawn) + GAP * (len(drawn) + 1)
    height = max(page.height for page in drawn) + 2 * GAP
    made = Image.new("RGB", (width, height), (190, 190, 190))
    left = GAP
    for page in drawn:
        made.paste(page, (left, GAP))
        left += page.width + GAP
    return made.convert("P", palette=Image.Palette.ADAPTIVE, colors=128)


def main(names: Sequence[str]) -> None:
    """Write every picture, or those that are named."""
    sheets = {**SHEETS, **material_pictures.SHEETS, **book_pictures.SHEETS}
    for name in names or sheets:
        with tempfile.TemporaryDirectory() as folder:
            drawn = [image for shown in sheets[name] for image in shown.images(Path(folder))]
            sheet(drawn).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
