"""The extension for Sphinx and Jupyter Book 1: the directive and the role `derive`.

A book names it in its `conf.py`: `extensions = ["derive.sphinx"]`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from derive.api.reading import solution_of
from derive.api.solution import Solution
from derive.ecosystems.parts import mention, parts
from derive.ecosystems.request import request
from derive.ecosystems.sphinx_nodes import DrawnByTex, nodes_of
from derive.errors import DeriveError
from derive.version import VERSION

NAME = "derive"
_ARROWS = "\n\\usetikzlibrary{arrows.meta}\n"
_log = logging.getLogger(__name__)


class _AnyOption(dict[str, Callable[[str | None], str | None]]):
    """Takes every option as it is written: what it means is checked where all of them are known."""

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Callable[[str | None], str | None]:
        return lambda text: text


class DeriveDirective(SphinxDirective):
    """Formulas, figures and tables of a problem file."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = _AnyOption()

    def run(self) -> list[nodes.Node]:
        """The nodes that are asked for; none where a warning says what is wrong."""
        location = self.get_location()
        try:
            wanted = request(self.options)
            solution = _solution(self.env, self.arguments[0], wanted.notation, wanted.language)
            for sentence in solution.warnings:
                _log.info("%s: %s: %s", NAME, self.arguments[0], sentence)
            return [node for part in parts(solution, wanted) for node in nodes_of(part, self.env, self._name)]
        except DeriveError as error:
            _warn(error, location)
            return []

    def _name(self, node: nodes.Element, label: str) -> None:
        node["names"].append(nodes.fully_normalize_name(label))
        self.state.document.note_explicit_target(node, node)


class DeriveRole(SphinxRole):
    """One formula or number in a line of text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The formula; the role as it is written where a warning says what is wrong."""
        try:
            wanted = mention(self.text)
            latex = wanted.latex(_solution(self.env, wanted.file))
        except DeriveError as error:
            _warn(error, self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        return [nodes.math(latex, latex)], []


def _solution(env: BuildEnvironment, file: str, notation: str = "", language: str = "") -> Solution:
    """The solution of a file that a page names as `literalinclude` does: from its own folder, or from the source's."""
    shown, path = env.relfn2path(file)
    env.note_dependency(shown)
    return solution_of(Path(path), shown, notation, language)


def _warn(error: DeriveError, location: str) -> None:
    for message in error.messages:
        _log.warning("%s: %s", NAME, message, location=location, type=NAME)


def _prepare_latex(_: Sphinx, config: Config) -> None:
    elements = config.latex_elements
    elements["preamble"] = elements.get("preamble", "") + _ARROWS


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the directive and the role."""
    app.add_directive(NAME, DeriveDirective)
    app.add_role(NAME, DeriveRole())
    app.add_latex_package("tikz")
    app.connect("config-inited", _prepare_latex)
    app.add_post_transform(DrawnByTex)
    return {"version": VERSION, "parallel_read_safe": True, "parallel_write_safe": True}
