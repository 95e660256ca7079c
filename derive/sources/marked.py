"""YAML read as text with marks: scalars stay as written (`0.30`, `no`, `1e-3`), and every path has a place."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from derive.errors import Diagnostic, InputError
from derive.sources.yaml_advice import control_character, syntax_mistake

Path_ = tuple[str | int, ...]
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = "tag:yaml.org,2002:null"

LARGEST = 1_000_000
DEEPEST = 40


@dataclass(frozen=True)
class Marked:
    """A tree of dicts, lists and text, with the line and column (from 1) of every path in it.

    A key without a value (YAML's null: nothing, `~` or `null`) is not in the tree, an entry of a list is an empty text
    there; `empty` holds the path of either.
    """

    tree: Any
    marks: dict[Path_, tuple[int, int]]
    source: str
    empty: tuple[Path_, ...] = ()

    def diagnostic(self, path: Path_, message: str) -> Diagnostic:
        """The mistake `message` at the place of `path`, or of the nearest thing around it that has a place."""
        while path and path not in self.marks:
            path = path[:-1]
        line, column = self.marks.get(path, (1, 1))
        return Diagnostic(message, self.source, line, column)


def read_text(path: Path) -> str:
    """The text of a file.

    Raises `InputError` for a missing file, a directory, a file over 1 MB, and one that is not UTF-8.
    """
    try:
        if path.is_dir():
            raise InputError.single("this is a directory; expected a problem file", str(path))
        if path.exists() and not path.is_file():
            raise InputError.single("this is not a regular file; expected a problem file", str(path))
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError.single(f"{size:,} bytes; a file of at most {LARGEST:,} bytes was expected", str(path))
        data = path.read_bytes()
    except OSError as error:
        raise InputError.single(f"cannot be read: {error.strerror}", str(path)) from error
    for mark, name in ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16")):
        if data.startswith(mark):
            raise InputError.single(f"this file is {name}; save it as UTF-8", str(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise InputError([Diagnostic(message, str(path), line)]) from error


def read(path: Path) -> Marked:
    """A YAML file as a marked tree. Raises `InputError`."""
    return parse(read_text(path), str(path))


def parse(text: str, source: str) -> Marked:
    """YAML text as a marked tree.

    Raises `InputError` for text that is not YAML, empty text, aliases, duplicate keys, several documents, and
    nesting deeper than 40 levels.
    """
    try:
        _refuse_events(text, source)
        node = yaml.compose(text, Loader)
    except yaml.MarkedYAMLError as error:
        found = syntax_mistake(text, error)
        raise InputError([Diagnostic(found.message, source, found.line, found.column)]) from error
    except yaml.reader.ReaderError as error:
        found = control_character(text)
        raise InputError([Diagnostic(found.message, source, found.line, found.column)]) from error
    if node is None:
        raise InputError.single("the file is empty; `derive new` writes a starter file", source)
    return _Builder(source).build(node)


def _refuse_events(text: str, source: str) -> None:
    depth = documents = 0
    for event in yaml.parse(text, Loader):
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        reason = (
            "aliases (`*name`) are not used in problem files; write the value out"
            if isinstance(event, yaml.AliasEvent)
            else "a second document starts here; one file holds one problem"
            if documents > 1
            else f"nested deeper than {DEEPEST} levels"
            if depth > DEEPEST
            else "text that begins with ! or & belongs in quotes"
            if isinstance(event, yaml.ScalarEvent) and (event.tag or event.anchor)
            else ""
        )
        if reason:
            raise InputError([Diagnostic(reason, source, *_place(event.start_mark))])


def _place(mark: Any) -> tuple[int, int] | tuple[None, None]:
    """Line and column of a mark, counted from 1."""
    return (mark.line + 1, mark.column + 1) if mark is not None else (None, None)


class _Builder:
    """Turns composed nodes into a tree, noting the place of every path and every mistake."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.marks: dict[Path_, tuple[int, int]] = {}
        self.mistakes: list[Diagnostic] = []
        self.empty: list[Path_] = []

    def build(self, node: yaml.Node) -> Marked:
        tree = self.convert(node, ())
        if self.mistakes:
            raise InputError(self.mistakes)
        return Marked(tree, self.marks, self.source, tuple(self.empty))

    def convert(self, node: yaml.Node, path: Path_) -> Any:
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            return dict(self.pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(child, (*path, index)) for index, child in enumerate(node.value)]
        if node.tag == _NULL:
            self.empty.append(path)
            return ""
        return node.value

    def pairs(self, node: yaml.MappingNode, path: Path_) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key, value in node.value:
            place = _place(key.start_mark)
            if not isinstance(key, yaml.ScalarNode):
                self.mistakes.append(Diagnostic("a key must be a word", self.source, *place))
                continue
            if key.value in seen:
                self.mistakes.append(Diagnostic(f"key `{key.value}` stands here twice", self.source, *place))
                continue
            seen.add(key.value)
            found = self.convert(value, (*path, key.value))
            self.marks[*path, key.value] = (place[0] or 1, place[1] or 1)
            if value.tag != _NULL:
                yield key.value, found
