"""The formats that a problem is written in and the kinds of document: one entry each.

The command line, `derive.Solution`, `derive list` and the docs read them here. An entry names the function that does
the work, which is imported when it is used. Another package adds a format by an entry point of the group
`derive.formats`; `docs/add-a-format.md` shows how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from derive.errors import InputError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "derive.formats"
"""The entry points by which packages add formats."""
KEY = "key"
"""The usual kind of document."""
Content = str | bytes
Reference = str | Callable[..., Any]
"""A function, or where it is imported from: `package.module:function`."""


class Files(NamedTuple):
    """What a format writes: the content of its file, and the files beside it by name.

    `ending` is how the name of the file ends, where that is not as the format says.
    """

    content: Content
    ending: str = ""
    beside: Mapping[str, Content] = MappingProxyType({})


class Format(NamedTuple):
    """A format: its name, how the names of its files end, what it is in one line, and the function that writes it.

    `takes` says what `write` is called with: a `problem` or a `solution`, and the name of its source; or a `document`,
    an edition of the kind that is asked for. With `flavours`, a function that gives a sentence for each by name, it is
    called with a flavour too; `flavour` is the usual one. `gives` says what it returns: `str`, `bytes` or `Files`.

    `extra` is what `pip install "derive-backprop[..]"` must name, `printed` whether the command line prints it where no
    folder is given, `option` the option that it has there instead of `--format`, `refusals` the function that finds
    what it cannot show in a tree of texts, `package` the package that added it.
    """

    name: str
    ending: str
    describes: str
    write: Reference
    takes: Literal["problem", "solution", "document"] = "solution"
    gives: Literal["text", "bytes", "files"] = "text"
    flavours: Reference = ""
    flavour: str = ""
    extra: str = ""
    printed: bool = False
    option: str = ""
    refusals: Reference = ""
    package: str = ""

    @property
    def is_document(self) -> bool:
        """Whether it is of documents, which have kinds, and not of a solution alone."""
        return self.takes == "document"

    @property
    def title(self) -> str:
        """Its name, with its package where it is not derive's."""
        return f"{self.name} of the package {self.package}" if self.package else self.name

    def files(self, *taken: Any, flavour: str = "") -> Files:
        """What is written of what it takes. Raises `InputError` for an unknown flavour, and as the format does."""
        if flavour and not self.flavours:
            raise InputError.single(f"the format {self.title} has no flavours")
        made: Any = imported(self.write)(*taken, *([flavour or self.flavour] if self.flavours else []))
        if not isinstance(made, _GIVEN[self.gives]):
            raise InputError.single(f"the format {self.title} made a {type(made).__name__}, not {self.gives}")
        return made if isinstance(made, Files) else Files(made)


_GIVEN: Mapping[str, type[Any]] = MappingProxyType({"text": str, "bytes": bytes, "files": Files})


class Kind(NamedTuple):
    """A kind of document: its name, what it is in one line, what builds it, and whether it `has_blanks` to fill in."""

    name: str
    describes: str
    build: Reference
    has_blanks: bool = False


def imported(reference: Reference) -> Callable[..., Any]:
    """The function that is referred to."""
    if not isinstance(reference, str):
        return reference
    module, _, name = reference.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def require(module: str, extra: str) -> Any:
    """A module that an extra of this package installs. Raises `InputError` that says which one, if it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        command = f'pip install "derive-backprop[{extra}]"'
        raise InputError.single(f"the package {package} is missing; install it with: {command}") from error


def stem(name: str, kind: str, form: str) -> str:
    """A document's file name without its ending: the problem's, the kind unless it is the key, the form if any."""
    from derive.sources.file_names import safe_name

    return "-".join(part for part in (name, "" if kind == KEY else kind, safe_name(form) if form else "") if part)


_FORMATS = (
    Format(
        "pdf",
        ".pdf",
        "pages to print, set by TeX",
        "derive.exports.pdf:to_pdf",
        "document",
        "bytes",
        extra="pdf",
        option="--pdf",
        refusals="derive.render.escape:refusals",
    ),
    Format(
        "latex",
        ".tex",
        "the same pages as a LaTeX document",
        "derive.render.latex:to_latex",
        "document",
        option="--latex",
        refusals="derive.render.escape:refusals",
    ),
    Format("html", ".html", "a page for a browser, whole in one file", "derive.render.html:to_html", "document"),
    Format(
        "markdown",
        ".md",
        "Markdown for a repository, a book or a site, its pictures beside it",
        "derive.exports.markdown:to_markdown",
        "document",
        "files",
        flavours="derive.exports.flavour:markdown_flavours",
        flavour="github",
    ),
    Format(
        "tex-fragment",
        "-fragment.tex",
        "LaTeX without a preamble, for a document or slides of your own",
        "derive.exports.tex_fragment:to_tex_fragment",
        "document",
        flavours="derive.exports.flavour:fragment_flavours",
        flavour="lines",
    ),
    Format(
        "tex-macros", "-macros.tex", "every formula as a macro for LaTeX", "derive.exports.tex_macros:to_tex_macros"
    ),
    Format(
        "ipynb",
        ".ipynb",
        "a notebook whose cells work the numbers again",
        "derive.exports.notebook:to_notebook",
        "document",
        extra="notebook",
    ),
    Format("csv", ".csv", "the shown numbers, a column a round", "derive.exports.csv_table:to_csv"),
    Format(
        "xlsx",
        ".xlsx",
        "a spreadsheet with live formulas",
        "derive.exports.spreadsheet.workbook:to_xlsx",
        gives="bytes",
        extra="xlsx",
    ),
    Format("pytorch", ".py", "a PyTorch script that does the same rounds", "derive.exports.pytorch:to_pytorch"),
    Format("json", ".json", "every number of every round, for programs", "derive.render.trace:to_json", printed=True),
    Format("text", ".txt", "every worked line, for the terminal", "derive.render.terminal:to_text", printed=True),
)
FORMATS: Mapping[str, Format] = MappingProxyType({one.name: one for one in _FORMATS})
"""The formats that come with derive. No other package's takes the place of one."""
_KINDS = (
    Kind(KEY, "every question answered", "derive.document.handouts.kinds:key"),
    Kind("worksheet", "blanks where answers go", "derive.document.handouts.kinds:worksheet", has_blanks=True),
    Kind("marking", "the key with the marks of each line", "derive.document.handouts.kinds:marking"),
)
KINDS: Mapping[str, Kind] = MappingProxyType({one.name: one for one in _KINDS})


def find(name: str, source: str = "") -> Format:
    """The format of that name; `source` is what mistakes begin with. Raises `InputError` if there is none."""
    if name in FORMATS:
        return FORMATS[name]
    added = _entry_points()
    if name in added:
        return _loaded(added[name], source)
    raise InputError.single(f"unknown format {name!r}{_advice(name, added)}", source)


def is_added(name: str) -> bool:
    """Whether another package has a format of that name."""
    return name in _entry_points()


def added() -> Iterator[Format | InputError]:
    """Every format that another package adds, or what is wrong with it."""
    for name, found in _entry_points().items():
        try:
            if name in FORMATS:
                message = f"the format {name!r} of {_packages(found)} is not used: derive has one of that name"
                raise InputError.single(message)
            yield _loaded(found)
        except InputError as error:
            yield error


def _entry_points() -> Mapping[str, list[EntryPoint]]:
    """What packages add, by name."""
    from importlib.metadata import entry_points

    found: dict[str, list[EntryPoint]] = {}
    for one in entry_points(group=GROUP):
        found.setdefault(one.name, []).append(one)
    return found


def _loaded(found: list[EntryPoint], source: str = "") -> Format:
    """The format that an entry point leads to. Raises `InputError` for one that cannot be had."""
    first, *others = found
    what = f"the format {first.name!r} of {_packages(found)}"
    if others:
        raise InputError.single(f"{what}: only one of them can have that name; remove the others", source)
    try:
        made = first.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InputError.single(f"{what} cannot be imported: {reason}", source) from error
    if not isinstance(made, Format) or made.name != first.name:
        shown = f"one named {made.name!r}" if isinstance(made, Format) else f"a {type(made).__name__}"
        raise InputError.single(f"{what}: expected a derive.formats.Format of that name, not {shown}", source)
    return made._replace(package=_packages(found))


def _packages(found: list[EntryPoint]) -> str:
    return " and ".join(one.dist.name if one.dist is not None else one.value for one in found)


def _advice(name: str, others: Mapping[str, object]) -> str:
    from derive.sources.validate import suggestion

    known = [one.name for one in FORMATS.values() if not one.option]
    return suggestion(name, [*known, *others])
