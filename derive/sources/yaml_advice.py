"""Plain sentences for text that is not YAML: what stands there, and what to write instead.

Each rule looks at the line on which the reader stopped, or at the line that confused it, and says nothing where it does
not apply; what no rule knows keeps the reader's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

import yaml

_KEY_WITHOUT_SPACE = re.compile(r"[ {,\[-]*(?P<key>[A-Za-z_]\w*):(?P<value>(?!//)[^ \t,}\]][^ \t]*)", re.ASCII)
_KEY_WITH_EQUALS = re.compile(r"\s*(?:- )?(?P<key>[A-Za-z_]\w*)\s*=\s*(?P<value>\S.*)")
_DASH_WITHOUT_SPACE = re.compile(r"\s*-[\[{A-Za-z]")
_KEY = re.compile(r"(?P<indent>\s*)(?P<dash>- +)?(?P<key>[A-Za-z_]\w*):(?:\s|$)")
_TEXT_VALUE = re.compile(r"\s*(?:- )?(?P<key>[A-Za-z_]\w*): +(?P<value>[^\"'\[{|>].*)")
_KEY_AND_VALUE = re.compile(r"\s*(?:- )?(?P<key>[A-Za-z_]\w*): +\S")
_LONE_WORD = re.compile(r"\s*(?:- )?(?P<key>[A-Za-z_]\w*)\s*")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_CLOSING = MappingProxyType({"[": "]", "{": "}"})
_RESERVED_VALUE = re.compile(r"\s*(?:- )?(?P<key>[A-Za-z_]\w*): +(?P<value>[@`%&*!|>].*)")


@dataclass(frozen=True)
class SyntaxMistake:
    """What is wrong with a text, at a line and a column (from 1; None where the reader names none)."""

    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class _Stop:
    """Where the YAML reader stopped: the text's lines, the line and column (from 0), what it says, where it began."""

    lines: list[str]
    line: int
    column: int
    problem: str
    context: str
    start: tuple[int, int] | None

    @property
    def text(self) -> str:
        """The line on which the reader stopped."""
        return self.line_at(self.line)

    def line_at(self, number: int) -> str:
        """A line (from 0); empty outside of the text."""
        return self.lines[number] if 0 <= number < len(self.lines) else ""

    def mistake(self, message: str, line: int | None = None, column: int | None = None) -> SyntaxMistake:
        """A mistake on a line and column counted from 0; those of the stop where nothing is said."""
        where, within = (self.line, self.column) if line is None else (line, column or 0)
        return SyntaxMistake(f"not YAML: {message}", where + 1, within + 1)


def syntax_mistake(text: str, error: yaml.MarkedYAMLError) -> SyntaxMistake:
    """The mistake behind an error of the YAML reader."""
    mark = error.problem_mark or error.context_mark
    own_words = " ".join(part for part in (error.context, error.problem) if part)
    if mark is None:
        return SyntaxMistake(f"not YAML: {own_words}")
    start = error.context_mark
    began = None if start is None else (start.line, start.column)
    stop = _Stop(_LINE_BREAK.split(text), mark.line, mark.column, error.problem or "", error.context or "", began)
    advice = next((found for rule in _RULES if (found := rule(stop)) is not None), None)
    return advice or stop.mistake(own_words)


def control_character(text: str) -> SyntaxMistake:
    """The first character that YAML does not allow."""
    match = yaml.reader.Reader.NON_PRINTABLE.search(text)
    start = match.start() if match else len(text)
    before = _LINE_BREAK.split(text[:start])
    named = f"U+{ord(text[start]):04X}" if match else "none"
    message = f"not YAML: a control character ({named}) stands here; delete it"
    return SyntaxMistake(message, len(before), len(before[-1]) + 1)


def _tab(stop: _Stop) -> SyntaxMistake | None:
    for number in (stop.line, stop.line - 1):
        line = stop.line_at(number)
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return stop.mistake("a tab stands here; indent with spaces", number, line.index("\t"))
    return None


def _missing_space(stop: _Stop) -> SyntaxMistake | None:
    for number in _lines_before(stop):
        line = stop.lines[number]
        match = _KEY_WITHOUT_SPACE.match(line)
        if match is not None and not _is_quoted(line, match.start("key")):
            key, value = match["key"], match["value"].strip("\N{NO-BREAK SPACE}")
            return stop.mistake(f"a space belongs after the colon: `{key}: {value}`", number, match.end("key"))
    return None


def _equals_sign(stop: _Stop) -> SyntaxMistake | None:
    for number in _lines_before(stop):
        match = _KEY_WITH_EQUALS.fullmatch(stop.lines[number])
        if match is not None and ":" not in match["value"]:
            message = f"a key and its value have a colon between them: `{match['key']}: {match['value']}`"
            return stop.mistake(message, number, match.start("key"))
    return None


def _missing_space_after_dash(stop: _Stop) -> SyntaxMistake | None:
    for number in _lines_before(stop):
        match = _DASH_WITHOUT_SPACE.match(stop.lines[number])
        if match is not None:
            return stop.mistake("a space belongs after the dash: `- `", number, match.end() - 2)
    return None


def _missing_colon(stop: _Stop) -> SyntaxMistake | None:
    if "could not find expected ':'" not in stop.problem:
        return None
    for number in _lines_before(stop):
        match = _LONE_WORD.fullmatch(stop.lines[number])
        if match is not None:
            return stop.mistake(f"a colon is missing after `{match['key']}`", number, match.end("key"))
    return None


def _deeper_than_before(stop: _Stop) -> SyntaxMistake | None:
    if "mapping values" not in stop.problem or stop.line == 0:
        return None
    before, here = _KEY_AND_VALUE.match(stop.line_at(stop.line - 1)), _KEY.match(stop.text)
    if before is None or here is None or len(here["indent"]) <= before.start("key"):
        return None
    message = f"`{here['key']}` is indented deeper than `{before['key']}` before it; keys of one group begin alike"
    return stop.mistake(message, stop.line, here.start("key"))


def _several_on_a_line(stop: _Stop) -> SyntaxMistake | None:
    match = _TEXT_VALUE.match(stop.text)
    if "mapping values" not in stop.problem or match is None or not re.search(r", *[A-Za-z_]\w*: ", match["value"]):
        return None
    return stop.mistake(f"several keys on a line belong in braces: `{{{stop.text.strip().removeprefix('- ')}}}`")


def _brackets_in_formula(stop: _Stop) -> SyntaxMistake | None:
    match = re.search(r"[\w)]\[", stop.text[: stop.column + 1])
    if "parsing a flow" not in stop.context or match is None:
        return None
    message = 'a formula with brackets belongs in quotes inside { }: `{L: "-log(p[2])"}`'
    return stop.mistake(message, stop.line, match.start() + 1)


def _colon_in_text(stop: _Stop) -> SyntaxMistake | None:
    if "mapping values" not in stop.problem:
        return None
    match = _TEXT_VALUE.match(stop.text)
    if match is None:
        return None
    return stop.mistake(f"text with a colon belongs in quotes: `{match['key']}: {_quoted(match['value'])}`")


def _reserved_start(stop: _Stop) -> SyntaxMistake | None:
    match = _RESERVED_VALUE.match(stop.text)
    if match is None:
        return None
    value = match["value"]
    message = f"text that begins with {value[0]} belongs in quotes: `{match['key']}: {_quoted(value)}`"
    return stop.mistake(message, stop.line, match.start("value"))


def _backslash(stop: _Stop) -> SyntaxMistake | None:
    if "unknown escape character" not in stop.problem:
        return None
    return stop.mistake("a backslash stands in double quotes; use single quotes: '\\sigma'")


def _open_quote(stop: _Stop) -> SyntaxMistake | None:
    if "quoted scalar" not in stop.context or stop.start is None:
        return None
    line, column = stop.start
    return stop.mistake("the quote that opens here is not closed", line, column)


def _text_after_quote(stop: _Stop) -> SyntaxMistake | None:
    match = re.match(r"\s*(?:- )?\w+: +(?P<quote>['\"])", stop.text)
    if match is None or stop.column <= match.start("quote"):
        return None
    quote = match["quote"]
    twice = "''" if quote == "'" else '\\"'
    return stop.mistake(f"text goes on after the closing quote; inside {quote}..{quote} a quote is written {twice}")


def _open_bracket(stop: _Stop) -> SyntaxMistake | None:
    if "parsing a flow" not in stop.context or stop.start is None:
        return None
    line, column = stop.start
    if stop.line_at(line)[column : column + 1] not in _CLOSING:
        line, column = _last_open(stop)
    opening = stop.line_at(line)[column : column + 1]
    closing = _CLOSING.get(opening)
    if closing is None:
        return None
    if stop.line == line and stop.text[stop.column :].strip():
        return stop.mistake(f"a comma or {closing} is missing before this")
    return stop.mistake(f"the {opening} that opens here is not closed: {closing} is missing", line, column)


def _indentation(stop: _Stop) -> SyntaxMistake | None:
    if "expected key" not in stop.problem and "expected '-'" not in stop.problem:
        return None
    match = _KEY.match(stop.text)
    if match is None or match["dash"]:
        return None
    levels = ", ".join(f"{column} (line {number + 1})" for number, column in _levels_before(stop))
    return stop.mistake(
        f"`{match['key']}` is indented by {len(match['indent'])}; the groups it may belong to: {levels}"
    )


_RULES: tuple[Callable[[_Stop], SyntaxMistake | None], ...] = (
    _tab,
    _backslash,
    _open_quote,
    _missing_space,
    _brackets_in_formula,
    _missing_colon,
    _deeper_than_before,
    _several_on_a_line,
    _equals_sign,
    _missing_space_after_dash,
    _reserved_start,
    _text_after_quote,
    _colon_in_text,
    _open_bracket,
    _indentation,
)


def _lines_before(stop: _Stop) -> Iterator[int]:
    """The line of the stop and the two filled ones before it, which may have led the reader astray."""
    numbers = (n for n in range(min(stop.line, len(stop.lines) - 1), -1, -1) if stop.lines[n].strip())
    yield from (number for number, _ in zip(numbers, range(3), strict=False))


def _levels_before(stop: _Stop) -> Iterator[tuple[int, int]]:
    """The lines that open the groups a key may belong to, with the columns of their keys, innermost first."""
    column, opened = 1_000, 0
    for number in range(stop.line - 1, -1, -1):
        match = _KEY.match(stop.lines[number])
        if match is None:
            continue
        if match.start("key") < column and opened:
            yield opened, column
        if match.start("key") <= column:
            column, opened = match.start("key"), number
    if opened or column == 0:
        yield opened, column


def _last_open(stop: _Stop) -> tuple[int, int]:
    """The line and column (from 0) of the innermost bracket that is open at the stop; the stop where none is."""
    opened: list[tuple[int, int]] = []
    for number, line in enumerate(stop.lines[: stop.line + 1]):
        for column, sign in enumerate(line):
            if _is_quoted(line, column):
                continue
            if sign in _CLOSING:
                opened.append((number, column))
            elif sign in _CLOSING.values() and opened:
                opened.pop()
    return opened[-1] if opened else (stop.line, stop.column)


def _is_quoted(line: str, column: int) -> bool:
    """Whether a column of a line stands between quotes."""
    before = line[:column]
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1


def _quoted(value: str) -> str:
    """A value in quotes that hold it as it is."""
    text = value.strip()
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"
