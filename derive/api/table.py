"""The table of a round, which shows itself in a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from derive.exports import shows
from derive.exports.tables import Content


@dataclass(frozen=True)
class Table:
    """A round's numbers under heads: what is given, both passes, the updated parameters.

    A cell is LaTeX such as `w_1 = 0.2` or `f_1 = .. = 0.57`, empty below the end of its column.
    """

    show: shows.TableShow

    @property
    def title(self) -> str:
        """Which round it is."""
        return self.show.title

    @property
    def heads(self) -> tuple[Content, ...]:
        """What stands above the columns."""
        return self.show.table.heads

    @property
    def rows(self) -> tuple[tuple[Content, ...], ...]:
        """The cells row by row, as many in each as there are heads."""
        return self.show.table.rows

    def html(self) -> str:
        """The table as an HTML `table`, its mathematics as MathML."""
        return shows.to_html(self.show)

    def markdown(self) -> str:
        """The table in Markdown, its mathematics between dollar signs."""
        return shows.to_markdown(self.show)

    def latex(self) -> str:
        """The table as a LaTeX `array` between dollar signs."""
        return shows.to_latex(self.show)

    def text(self) -> str:
        """The table in plain text."""
        return shows.to_text(self.show)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__
    _repr_html_ = html
    _repr_markdown_ = markdown
    _repr_latex_ = latex
