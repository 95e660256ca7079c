"""A solution as an xlsx workbook whose cells hold the formulas.

In: a solution. Out: the bytes of a workbook that works itself again when an input is changed.
"""

from derive.exports.spreadsheet.workbook import to_xlsx

__all__ = ["to_xlsx"]
