"""Draw the pictures of the documentation again: `python docs/make_pictures.py` (needs TeX, pdftoppm and Pillow)."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

import derive
from derive.render.latex import to_latex_document
from derive.sources import assets
from derive.tex.compile import compile_latex
from derive.tex.engine import find_engine

HERE = Path(__file__).parent / "pictures"
PAGES = (("fra501-homework-4-1", (1, 2)), ("homework-2-1", (1, 2)))
GAP = 12


def pages(name: str, wanted: tuple[int, ...], folder: Path) -> list[Image.Image]:
    """Pages of an example's key."""
    solution = derive.solve(derive.load(assets.examples()[name]))
    compiled = compile_latex(to_latex_document(solution, f"{name}.yaml"), find_engine())
    path = folder / f"{name}.pdf"
    path.write_bytes(compiled.pdf or b"")
    subprocess.run(["pdftoppm", "-r", "60", "-png", str(path), str(folder / name)], check=True)  # noqa: S607
    return [Image.open(folder / f"{name}-{page}.png") for page in wanted]


def main() -> None:
    """Write `pictures/keys.png`: the pages beside one another."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = [page for name, wanted in PAGES for page in pages(name, wanted, Path(folder))]
        width = sum(page.width for page in drawn) + GAP * (len(drawn) + 1)
        height = max(page.height for page in drawn) + 2 * GAP
        sheet = Image.new("L", (width, height), 190)
        left = GAP
        for page in drawn:
            sheet.paste(page.convert("L"), (left, GAP))
            left += page.width + GAP
        sheet.save(HERE / "keys.png", optimize=True)


if __name__ == "__main__":
    main()
