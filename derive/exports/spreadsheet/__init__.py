"""The rounds as a spreadsheet whose formulas are live: a changed weight recomputes every later round."""

from derive.exports.spreadsheet.workbook import to_xlsx

__all__ = ["to_xlsx"]
