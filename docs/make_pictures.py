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
SHEETS = {
    "keys.png": (("fra501-homework-4-1", (1, 2)), ("homework-2-1", (1, 2))),
    "gallery.png": (
        ("two-gates", (1,)),
        ("batch-norm-three-samples", (1,)),
        ("convolution-pooling", (1,)),
        ("attention-three-tokens", (1,)),
    ),
}
"""Each picture, and the pages of examples that stand beside one another in it."""
GAP = 12


def pages(name: str, wanted: tuple[int, ...], folder: Path) -> list[Image.Image]:
    """Pages of an example's key."""
    solution = derive.solve(derive.load(assets.examples()[name]))
    compiled = compile_latex(to_latex_document(solution, f"{name}.yaml"), find_engine())
    path = folder / f"{name}.pdf"
    path.write_bytes(compiled.pdf or b"")
    subprocess.run(["pdftoppm", "-r", "60", "-png", str(path), str(folder / name)], check=True)  # noqa: S607
    drawn = sorted(folder.glob(f"{name}-*.png"))
    return [Image.open(drawn[page - 1]) for page in wanted]


def sheet(drawn: list[Image.Image]) -> Image.Image:
    """Pages beside one another."""
    width = sum(page.width for page in drawn) + GAP * (len(drawn) + 1)
    height = max(page.height for page in drawn) + 2 * GAP
    made = Image.new("L", (width, height), 190)
    left = GAP
    for page in drawn:
        made.paste(page.convert("L"), (left, GAP))
        left += page.width + GAP
    return made


def main() -> None:
    """Write every picture."""
    for target, wanted in SHEETS.items():
        with tempfile.TemporaryDirectory() as folder:
            drawn = [page for name, numbers in wanted for page in pages(name, numbers, Path(folder))]
            sheet(drawn).save(HERE / target, optimize=True)


if __name__ == "__main__":
    main()
