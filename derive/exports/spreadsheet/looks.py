"""How cells look: the fonts, rules and colours of the printed table, for XlsxWriter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from derive.exports.spreadsheet.paper import FOOT, MARGIN, Paper
from derive.exports.spreadsheet.runs import Run

Look = Mapping[str, object]
"""Properties of a format of XlsxWriter."""

SERIF, SANS = "Cambria", "Calibri"
INK, QUIET, ACCENT, GIVEN, HAIR = "#15171A", "#6B7078", "#003478", "#FFF6DC", "#B9BCC2"
THIN, MEDIUM = 1, 2
_TEXT = {"font_name": SANS, "font_size": 10, "font_color": INK, "valign": "vcenter"}
_MATHEMATICS = {"font_name": SERIF, "font_size": 11, "font_color": INK, "valign": "vcenter"}

_NUMBER = {**_MATHEMATICS, "align": "left", "indent": 1, "shrink": True}


def _looks(**looks: Look) -> Mapping[str, Look]:
    return MappingProxyType(looks)


LOOKS: Mapping[str, Look] = _looks(
    course={**_TEXT, "font_size": 9, "font_color": QUIET},
    title={"font_name": SERIF, "font_size": 18, "font_color": INK, "valign": "vcenter"},
    kind={**_TEXT, "bold": True, "align": "right"},
    note={**_TEXT, "font_size": 9, "font_color": QUIET, "text_wrap": True, "valign": "top"},
    head={**_TEXT, "bold": True, "font_size": 9, "top": MEDIUM, "bottom": THIN},
    round={**_TEXT, "bold": True, "font_size": 11, "valign": "bottom"},
    rule={"top": MEDIUM},
    symbol={**_MATHEMATICS, "font_size": 12, "align": "right"},
    sign={**_MATHEMATICS, "align": "center"},
    number={**_NUMBER},
    given={
        **_MATHEMATICS,
        "align": "left",
        "indent": 1,
        "shrink": True,
        "bg_color": GIVEN,
        "border": THIN,
        "border_color": HAIR,
    },
    updated={**_NUMBER, "font_color": ACCENT},
    axis={**_NUMBER, "font_size": 10},
)
_SCRIPTS = {"sub": 2, "sup": 1}


@dataclass
class Formats:
    """The formats of a workbook, each made once."""

    book: Any
    _made: dict[tuple[tuple[str, object], ...], Any] = field(default_factory=dict)

    def of(self, name: str, **more: object) -> Any:
        """The format of a look, with more properties."""
        return self._format({**LOOKS[name], **more})

    def bare(self, **properties: object) -> Any:
        """A format of these properties alone."""
        return self._format(properties)

    def run(self, run: Run, base: str) -> Any:
        """The format of a run of text in a cell of a look: italic letters, sub- and superscripts."""
        look = {key: value for key, value in LOOKS[base].items() if key.startswith("font_")}
        script = {"font_script": _SCRIPTS[run.script]} if run.script else {}
        return self._format({**look, **({"italic": True} if run.italic else {}), **script})

    def _format(self, properties: Look) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(dict(properties))
        return self._made[key]


def set_paper(sheet: Any, paper: Paper) -> None:
    """Print a sheet on a paper."""
    sheet.set_paper(paper.number)
    sheet.set_margins(left=MARGIN, right=MARGIN, top=MARGIN, bottom=MARGIN + FOOT)


def write_runs(sheet: Any, row: int, column: int, runs: Sequence[Run], formats: Formats, look: str) -> None:
    """Put text in runs into a cell."""
    cell = formats.of(look)
    if len(runs) < 2:
        font = formats.of(look, italic=True) if runs and runs[0].italic else cell
        sheet.write_string(row, column, "".join(run.text for run in runs), font)
        return
    fragments = [part for run in runs for part in (formats.run(run, look), run.text)]
    sheet.write_rich_string(row, column, *fragments, cell)
