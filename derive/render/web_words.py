"""What strangers' templates may put into a page for a browser, or into Markdown: markup that shows, and nothing else.

Elements and attributes are looked up in a list; scripts, handlers of events, forms and everything that is loaded from
elsewhere are on none. The script of a page is derive's own, letter for letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from types import MappingProxyType

from derive.sources import assets
from derive.sources.tex_words import Refusal

_ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body a abbr article aside b bdi bdo blockquote br button caption cite "
        "code col colgroup data dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 "
        "h6 header hr i ins input kbd label li main mark meter nav ol output p pre progress q rp rt ruby "
        "s samp script section small span strong sub summary sup table tbody td tfoot th thead time tr u "
        "ul var wbr math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover "
        "munderover mmultiscripts mprescripts mtable mtr mtd mpadded mphantom menclose mstyle merror "
        "semantics none svg g defs desc path line circle ellipse rect polyline polygon text tspan marker "
        "symbol lineargradient radialgradient stop clippath ",
    )
)
_ATTRIBUTES = re.compile(
    r"(?:aria|data)-[a-z0-9-]+|class|id|lang|dir|title|role|tabindex|hidden|href|style|alt|width|height|charset|name|"
    r"content|colspan|rowspan|scope|start|value|type|reversed|open|for|datetime|min|max|low|high|checked|disabled|"
    r"viewbox|xmlns|d|x|y|x1|x2|y1|y2|dx|dy|cx|cy|r|rx|ry|points|fill|stroke|opacity|transform|rotate|offset|"
    r"fill-[a-z]+|stroke-[a-z]+|stop-[a-z]+|clip-path|clip-rule|marker-[a-z]+|marker[a-z]+|ref[xy]|orient|"
    r"text-anchor|text-[a-z]+|dominant-baseline|font-[a-z]+|letter-spacing|preserveaspectratio|focusable|"
    r"gradientunits|gradienttransform|display|displaystyle|scriptlevel|mathvariant|mathsize|mathcolor|"
    r"mathbackground|stretchy|symmetric|fence|separator|form|accent|accentunder|lspace|rspace|minsize|maxsize|"
    r"largeop|movablelimits|linethickness|columnalign|rowalign|columnlines|rowlines|columnspacing|rowspacing|"
    r"columnspan|frame|framespacing|notation|depth|voffset|align|valign|http-equiv|translate|spellcheck|"
    r"textlength|lengthadjust|intent|arg|xml:space|xml:lang|media|color|background"
)
_PLAIN_HREF = re.compile(r"#[^\s]*|https?://[^\s<>\"']*|[A-Za-z0-9_][A-Za-z0-9_./-]*(?:#[^\s]*)?")
_LOADING_STYLE = re.compile(
    r"url\s*\(|@import|@font-face|expression\s*\(|image-set|src\s*\(|behavior\s*:|\\|<", re.IGNORECASE
)
_WITHIN_PAGE = re.compile(r"url\(#[\w-]+\)")
_INPUTS = frozenset({"text", "checkbox", "radio", "range", "number"})
_METAS = MappingProxyType({"http-equiv": frozenset({"content-security-policy"})})
_HANDLER = re.compile(r"<[^>]*?[\s\"'/](on[a-z]+)\s*=", re.IGNORECASE)
_SHOWS_NOTHING = "a style may not bring this into a page; it may bring what shows: text, tables, drawings"


@cache
def _own_script() -> str:
    return (assets.templates() / "styles" / "shared" / "page.js").read_text(encoding="utf-8").strip()


@cache
def _own_style() -> str:
    return (assets.templates() / "styles" / "shared" / "page.css").read_text(encoding="utf-8").strip()


class _Reader(HTMLParser):
    """A page, or the markup within Markdown; what it may not hold is gathered."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.refused: list[Refusal] = []
        self.inside = ""
        self.text = ""

    def refuse(self, word: str, reason: str = _SHOWS_NOTHING) -> None:
        """Note what may not be there."""
        line, column = self.getpos()
        self.refused.append(Refusal(line * 100_000 + column, word, reason))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element and its attributes, looked up."""
        if tag not in _ELEMENTS:
            self.refuse(f"<{tag}")
        for name, value in attrs:
            self.attribute(tag, name, value or "")
        if tag in ("script", "style"):
            self.inside, self.text = tag, ""
            if tag == "script" and attrs:
                self.refuse("<script", "a script of a style's own does not run; only derive's does")

    def attribute(self, tag: str, name: str, value: str) -> None:
        """An attribute and what it leads to."""
        if not _ATTRIBUTES.fullmatch(name):
            self.refuse(name, f"this attribute of <{tag}> is none that a style may bring into a page")
        elif name == "href" and (tag != "a" or not _PLAIN_HREF.fullmatch(value)):
            self.refuse("href", "a link leads to a place in the page, to a file beside it, or to a page of http(s)")
        elif name in _METAS and (tag != "meta" or value.lower() not in _METAS[name]):
            self.refuse(name)
        elif name == "type" and tag == "input" and value.lower() not in _INPUTS:
            self.refuse("type")
        elif _names_look(name) and _LOADING_STYLE.search(value) and not _WITHIN_PAGE.fullmatch(value):
            self.refuse(name, "what is loaded from elsewhere, or runs, has no place in a style's page")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self.handle_starttag(tag, attrs)
        self.inside = ""

    def handle_endtag(self, tag: str) -> None:
        """The end of a script or a style, which are looked at whole."""
        if tag == self.inside == "script" and self.text.strip() not in ("", _own_script()):
            self.refuse("<script", "a script of a style's own does not run; only derive's does")
        if tag == self.inside == "style" and self.text.strip() != _own_style() and _LOADING_STYLE.search(self.text):
            found = _LOADING_STYLE.search(self.text)
            self.refuse(found[0] if found else tag, "what is loaded from elsewhere has no place in a style's page")
        self.inside = ""

    def handle_data(self, data: str) -> None:
        """Text; kept where it is that of a script or a style."""
        if self.inside:
            self.text += data

    def handle_comment(self, data: str) -> None:
        """A comment, which browsers have read in more than one way."""
        self.refuse("<!--", "write comments as <# .. #>, which do not reach the page")
        del data

    def handle_pi(self, data: str) -> None:
        """An instruction such as those of PHP."""
        self.refuse(f"<?{data[:10]}")

    def unknown_decl(self, data: str) -> None:
        """A section that is not looked into, such as CDATA."""
        self.refuse(f"<![{data[:10]}")


def _names_look(name: str) -> bool:
    return not name.startswith(("data-", "aria-")) and name not in ("title", "value", "name", "content", "alt")


def page_refusals(text: str) -> Iterator[Refusal]:
    """Everything in a page that strangers' templates may not put there."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    yield from reader.refused
    if reader.inside:
        yield Refusal(len(text), f"<{reader.inside}", "this element does not end")
    for found in _HANDLER.finditer(text.replace(_own_script(), "")):
        yield Refusal(found.start(), found[1], "a handler of events is a script; only derive's runs")


_RUNS = re.compile(
    r"(?P<shortcode>\{\{[<%][^\n]*)|(?m:^[ \t>]*(?:`{3,}|~{3,}|:{3,})[ \t]*(?P<directive>\{[^}\n]*\}))"
    r"|(?P<role>\{[A-Za-z][\w:+.-]*\}`)|(?P<link>\]\(\s*<?(?P<target>[^)\s>]*))"
    r"|(?P<reference>(?m:^ {0,3}\[[^\]\n]+\]:)[^\n]*)"
    r"|(?P<eval>`[rR] |`\{(?:r|python|julia)\}|\{eval-rst\}|(?m:^\s*%load|^#\|))"
)
_FENCED_MATHEMATICS = re.compile(r"\$`[^`\n]*`\$")
_DIRECTIVES = frozenset(
    {"math", "figure", "table", "list-table", "note", "tip", "important", "warning", "hint", "admonition"}
)
_ROLES = frozenset({"eq", "numref", "ref", "math", "sup", "sub"})
_TARGET = re.compile(r"(?:attachment:)?[A-Za-z0-9_][\w./-]*|#[\w./:-]*|https?://\S*")


def markdown_refusals(text: str) -> Iterator[Refusal]:
    """Everything in Markdown that strangers' templates may not put there: what a book runs or takes in, and markup."""
    yield from page_refusals(re.sub(r"\\.", "  ", text))
    for found in _RUNS.finditer(_FENCED_MATHEMATICS.sub("", text)):
        reason = _reason(found)
        if reason:
            yield Refusal(found.start(), found[0].strip()[:40], reason)


def _reason(found: re.Match[str]) -> str:
    if found["directive"]:
        name = found["directive"].strip("{}").split()[0:1]
        known = not name or name[0] in _DIRECTIVES or name[0].startswith(("#", "."))
        return "" if known else "a book would run this, or take a file in, where it is built"
    if found["role"]:
        return "" if found["role"].strip("{}`") in _ROLES else "this role is none that a style may use"
    if found["link"]:
        target = found["target"]
        remote_picture = found.string[: found.start()].rpartition("[")[0].endswith("!") and "//" in target
        plain = not target or (_TARGET.fullmatch(target) and ".." not in target and not remote_picture)
        return "" if plain else "a link leads to a file beside the text or a page of http(s), a picture stands beside"
    return "a book would run this, or take a file in, where it is built"
