"""What the commands of mathematics are: classes, spaces, styles, alphabets, names and environments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derive.measure.atoms import Character, Class, Drawn, Nucleus, Space, Style
from derive.measure.boxes import Box

CLASSES = MappingProxyType(
    {
        "ord": Class.ORDINARY,
        "alpha": Class.ORDINARY,
        "op": Class.OPERATOR,
        "bin": Class.BINARY,
        "rel": Class.RELATION,
        "open": Class.OPENING,
        "close": Class.CLOSING,
        "punct": Class.PUNCTUATION,
        "inner": Class.INNER,
    }
)
SPACES = MappingProxyType(
    {
        r"\,": Space(3, mu=True),
        r"\:": Space(4, mu=True),
        r"\>": Space(4, mu=True),
        r"\;": Space(5, mu=True),
        r"\!": Space(-3, mu=True),
        r"\ ": Space(3.3333),
        "~": Space(3.3333),
        r"\quad": Space(10),
        r"\qquad": Space(20),
        r"\null": Space(0),
        r"\relax": Space(0),
        r"\nobreak": Space(0),
    }
)
STYLES = MappingProxyType(
    {
        r"\displaystyle": Style.DISPLAY,
        r"\textstyle": Style.TEXT,
        r"\scriptstyle": Style.SCRIPT,
        r"\scriptscriptstyle": Style.SCRIPT_OF_SCRIPT,
    }
)
ALPHABETS = MappingProxyType(
    {
        r"\mathrm": "operators",
        r"\mathbf": "bold",
        r"\mathsf": "sans",
        r"\mathit": "italic",
        r"\mathcal": "symbols",
        r"\boldsymbol": "boldletters",
    }
)
BOLD = MappingProxyType(
    {"letters": "boldletters", "operators": "bold", "symbols": "boldsymbols", "largesymbols": "largesymbols"}
)
AS_CLASS = MappingProxyType(
    {
        r"\mathord": Class.ORDINARY,
        r"\mathop": Class.OPERATOR,
        r"\mathbin": Class.BINARY,
        r"\mathrel": Class.RELATION,
        r"\mathopen": Class.OPENING,
        r"\mathclose": Class.CLOSING,
        r"\mathpunct": Class.PUNCTUATION,
        r"\mathinner": Class.INNER,
    }
)
NAMES = frozenset(
    {"arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "deg", "dim", "exp"}
    | {"hom", "ker", "lg", "ln", "log", "sec", "sin", "sinh", "tan", "tanh"}
)
NAMES_WITH_LIMITS = frozenset(("det", "gcd", "inf", "lim", "max", "min", "Pr", "sup"))
BIG = MappingProxyType({r"\big": 1.0, r"\Big": 1.5, r"\bigg": 2.0, r"\Bigg": 2.5})
BIG_CLASSES = MappingProxyType({"l": Class.OPENING, "r": Class.CLOSING, "m": Class.RELATION, "": Class.ORDINARY})
BIG_SIZE = 12.0
DOTS = MappingProxyType({r"\dots": "ldotp", r"\ldots": "ldotp", r"\dotsc": "ldotp", r"\cdots": "cdotp"})
DOT_CODES = MappingProxyType({"ldotp": Character("letters", 58), "cdotp": Character("symbols", 1)})
GRIDS: Mapping[str, tuple[str, str, float, float]] = MappingProxyType(
    {
        "array": (".", ".", 8.0, 1.0),
        "matrix": (".", ".", 8.0, 1.0),
        "bmatrix": ("[", "]", 8.0, 1.0),
        "pmatrix": ("(", ")", 8.0, 1.0),
        "vmatrix": ("|", "|", 8.0, 1.0),
        "cases": (r"\{", ".", 10.0, 1.2),
    }
)
DELIMITER_NAMES = MappingProxyType({r"\{": r"\lbrace", r"\}": r"\rbrace"})
PHANTOMS = MappingProxyType({r"\phantom": (True, True), r"\hphantom": (True, False), r"\vphantom": (False, True)})
UNKNOWN = Character("operators", ord("M"))
NOT_EQUAL = (Class.RELATION, Drawn("≠", Character("operators", ord("="))))
MADE: Mapping[str, tuple[Class, Nucleus]] = MappingProxyType(
    {
        r"\vdots": (Class.ORDINARY, Drawn("⋮", Box(2.7778, 15.06, 0.0))),
        r"\ddots": (Class.INNER, Drawn("⋱", Box(11.6667, 15.06, 0.0))),
        r"\doteq": (Class.RELATION, Drawn("≐", Box(7.7778, 5.9, -1.33))),
        r"\mapsto": (Class.RELATION, Drawn("↦", Character("symbols", 33))),
        r"\ne": NOT_EQUAL,
        r"\neq": NOT_EQUAL,
        r"\_": (Class.ORDINARY, Drawn("_", Box(7.5, 0.0, 1.38))),
        **{rf"\{sign}": (Class.ORDINARY, Character("operators", ord(sign))) for sign in "%&#$"},
    }
)
"""Signs that LaTeX's table of symbols lacks."""
ROOM_ONLY = frozenset((r"\begin", r"\blank", r"\earns", r"\earnsapart", r"\underline", r"\xrightarrow"))
"""Commands whose room is known, and not what stands in it."""
MARKS = (0.0, 22.0)
"""The width of marks: those that stand beside something move nothing."""
