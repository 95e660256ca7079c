"""The head of a document: what stands above the exercises."""

from __future__ import annotations

from typing import Literal

from derive.problem.worksheet import Worksheet
from derive.sources.fields import Text
from derive.sources.validate import Model


class Heading(Model):
    """The title of a document and what stands around it; `author` is named in the properties of the PDF.

    `header` stands on later pages in place of the course, `worksheet` says how the sheet that students fill in is made.
    `date` is printed as it is written, none where it is not.
    """

    title: Text = ""
    author: Text = ""
    course: Text = ""
    due: Text = ""
    date: Text = ""
    header: Text = ""
    worth: Text = ""
    instructions: Text = ""
    paper: Literal["a4", "letter"] = "a4"
    worksheet: Worksheet = Worksheet()
