"""The parts of a solution as the nodes of docutils that Sphinx writes in every format."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.domains.math import MathDomain
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from derive.document.mathematics import Math, Rich
from derive.ecosystems.parts import FigurePart, FormulaPart, Part, TablePart
from derive.exports.displays import portable
from derive.exports.tables import Content
from derive.render.svg import on_paper

TIKZ = "derive_tikz"
"""The attribute of an image that holds it as TikZ."""
FOLDER = "derive"
"""Where the pictures of a build stand, in the folder of its doctrees."""

Named = Callable[[nodes.Element, str], None]


def nodes_of(part: Part, env: BuildEnvironment, named: Named) -> Iterator[nodes.Node]:
    """A part as nodes; `named` gives a node a label that references lead to."""
    match part:
        case FormulaPart():
            yield from _formula(part, env)
        case FigurePart():
            yield _figure(part, env, named)
        case TablePart():
            yield _table(part, named)


def _formula(part: FormulaPart, env: BuildEnvironment) -> Iterator[nodes.Node]:
    """A displayed formula, its label known to the domain of mathematics as that of a `math` directive is."""
    made = nodes.math_block(part.latex, part.latex, docname=env.docname, number=None, label=part.label or None)
    made["nowrap"] = made["no-wrap"] = False
    if part.label:
        domain = env.get_domain("math")
        assert isinstance(domain, MathDomain)  # noqa: S101 - for the types
        domain.note_equation(env.docname, part.label, location=made)
        made["number"] = domain.get_equation_number_for(part.label)
        identifier = nodes.make_id(f"equation-{part.label}")
        made["ids"].append(identifier)
        yield nodes.target("", "", ids=[identifier])
    yield made


def _figure(part: FigurePart, env: BuildEnvironment, named: Named) -> nodes.Node:
    image = nodes.image(uri=_file(part, env), alt=part.figure.alternative)
    image[TIKZ] = part.figure.tikz()
    if not part.caption:
        if part.label:
            named(image, part.label)
        return image
    made = nodes.figure("", image, nodes.caption(part.caption, part.caption))
    if part.label:
        named(made, part.label)
    return made


def _file(part: FigurePart, env: BuildEnvironment) -> str:
    """Where the picture of a figure was written, as seen from the page."""
    svg = on_paper(part.figure.drawing)
    folder = Path(env.doctreedir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part.label or FOLDER}-{sha256(svg.encode('utf-8')).hexdigest()[:12]}.svg"
    if not path.exists():
        own = path.with_suffix(f".{os.getpid()}")
        own.write_text(svg, encoding="utf-8")
        own.replace(path)
    return Path(os.path.relpath(path, Path(env.doc2path(env.docname)).parent)).as_posix()


def _table(part: TablePart, named: Named) -> nodes.Node:
    found = part.table
    group = nodes.tgroup("", cols=len(found.heads))
    columns = zip(found.heads, *found.rows, strict=True)
    group += [nodes.colspec(colwidth=max(len(str(cell)) for cell in column)) for column in columns]
    group += nodes.thead("", _row(found.heads))
    group += nodes.tbody("", *map(_row, found.rows))
    made = nodes.table("", nodes.title(part.caption, part.caption), group, classes=["colwidths-auto"])
    if part.label:
        named(made, part.label)
    return made


def _row(cells: tuple[Content, ...]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *_inline(cell))) for cell in cells))


def _inline(cell: Content) -> Iterator[nodes.Node]:
    if isinstance(cell, Rich):
        for part in cell.parts:
            yield from _inline(part)
    elif isinstance(cell, Math):
        if cell:
            yield nodes.math(cell, portable(cell))
    else:
        yield nodes.Text(str(cell))


class DrawnByTex(SphinxPostTransform):
    """In LaTeX, which takes no SVG, pictures are drawn by TikZ."""

    default_priority = 50
    formats = ("latex",)

    def run(self, **_: Any) -> None:
        """Put TikZ in the place of every picture of derive's."""
        for image in list(self.document.findall(nodes.image)):
            if TIKZ in image:
                drawn = nodes.raw("", image[TIKZ], format="latex")
                figure = isinstance(image.parent, nodes.figure)
                image.replace_self(drawn if figure else nodes.paragraph("", "", drawn, ids=image["ids"]))
