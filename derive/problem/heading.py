"""The head of a document: what stands above the exercises."""

from __future__ import annotations

from derive.problem.worksheet import Worksheet
from derive.sources.fields import Text
from derive.sources.validate import Model


class Heading(Model):
    """The title of a document and what stands around it; `header` stands on later pages in place of the course.

    `worksheet` says how it becomes the sheet that students fill in.
    """

    title: Text = ""
    course: Text = ""
    due: Text = ""
    header: Text = ""
    worth: Text = ""
    instructions: Text = ""
    worksheet: Worksheet = Worksheet()
