"""The LaTeX of labels read to runs: letters in their faces, scripts, fractions, roots, accents.

Labels hold mathematics that derive made itself, so the language is small; what is outside it is refused by name.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TypeGuard


class Face(Enum):
    """How letters stand."""

    ITALIC = "italic"
    UPRIGHT = "upright"
    BOLD = "bold"
    BOLD_ITALIC = "bold-italic"


class Spacing(Enum):
    """What a sign is to its neighbours, which says how much room is between them."""

    ORDINARY = "ordinary"
    NAME = "name"
    BINARY = "binary"
    RELATION = "relation"
    OPENING = "opening"
    PUNCTUATION = "punctuation"


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Letters or signs in one face; `latex` is what they were written as."""

    text: str
    face: Face
    latex: str
    spacing: Spacing = Spacing.ORDINARY


@dataclass(frozen=True, slots=True)
class Space:
    """Room, in ems."""

    ems: float


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that are one to their neighbours; `size` is that of its letters to the letters around."""

    runs: tuple[Run, ...]
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Scripted:
    """A base with what stands above and below at its right."""

    base: Run
    above: Group | None
    below: Group | None


@dataclass(frozen=True, slots=True)
class Fraction:
    """Runs over runs, each letter of `size` to the letters around."""

    above: Group
    below: Group
    size: float


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    inside: Group


@dataclass(frozen=True, slots=True)
class Accented:
    """Runs with a mark above."""

    inside: Group
    mark: str


@dataclass(frozen=True, slots=True)
class Phantom:
    """The room of runs that are not shown."""

    inside: Group


Run = Glyphs | Space | Group | Scripted | Fraction | Root | Accented | Phantom

_TOKEN = re.compile(r"\s+|\\[A-Za-z]+|\\.|\d+(?:(?:\.|\{,\})\d+)*|.", re.DOTALL)
_SCRIPT = 0.75
_PRIME = "\N{PRIME}"


def _letters(pairs: str) -> dict[str, str]:
    return {f"\\{name}": letter for name, letter in (pair.split("=") for pair in pairs.split())}


_SMALL_GREEK = _letters(
    "alpha=α beta=β gamma=γ delta=δ epsilon=ϵ varepsilon=ε zeta=ζ eta=η theta=θ vartheta=ϑ iota=ι kappa=κ lambda=λ "
    "mu=μ nu=ν xi=ξ pi=π rho=ρ sigma=σ tau=τ upsilon=υ phi=ϕ varphi=φ chi=χ psi=ψ omega=ω partial=∂ ell=ℓ"
)
_UPRIGHT = _letters(
    "Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ Xi=Ξ Pi=Π Sigma=Σ Upsilon=Υ Phi=Φ Psi=Ψ Omega=Ω dots=… ldots=… vdots=⋮ cdots=⋯ "
    "langle=⟨ rangle=⟩ infty=∞ lfloor=⌊ rfloor=⌋ nabla=∇ prime=′ sum=∑ circ=∘ bullet=•"
)
_BINARIES = {
    "+": "+",
    "-": "\N{MINUS SIGN}",
    "*": "\N{ASTERISK OPERATOR}",
    **_letters("times=× cdot=⋅ odot=⊙ otimes=⊗ oplus=⊕ pm=± div=÷ mp=∓ ast=∗"),
}
_RELATIONS = {
    **{sign: sign for sign in "=<>:"},
    **_letters("approx=≈ doteq=≐ leftarrow=← rightarrow=→ to=→ mapsto=↦ leq=≤ le=≤ geq=≥ ge=≥ neq=≠ ne=≠ mid=∣"),
}
_NAMES = MappingProxyType(
    {
        rf"\{name}": name
        for name in ("exp", "log", "ln", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "arg", "lim", "det")
    }
)
_SPACES = MappingProxyType(
    {r"\,": 3 / 18, r"\:": 4 / 18, r"\;": 5 / 18, r"\!": -3 / 18, r"\ ": 1 / 3, r"\quad": 1.0, r"\qquad": 2.0}
)
_SIGNS: dict[str, tuple[str, Face, Spacing]] = {
    **{key: (text, Face.ITALIC, Spacing.ORDINARY) for key, text in _SMALL_GREEK.items()},
    **{key: (text, Face.UPRIGHT, Spacing.ORDINARY) for key, text in _UPRIGHT.items()},
    **{sign: (sign, Face.UPRIGHT, Spacing.ORDINARY) for sign in ")]|/.!?"},
    **{sign: (sign, Face.UPRIGHT, Spacing.OPENING) for sign in "(["},
    **{sign: (sign, Face.UPRIGHT, Spacing.PUNCTUATION) for sign in ",;"},
    **{key: (text, Face.UPRIGHT, Spacing.BINARY) for key, text in _BINARIES.items()},
    **{key: (text, Face.UPRIGHT, Spacing.RELATION) for key, text in _RELATIONS.items()},
    **{key: (text, Face.UPRIGHT, Spacing.NAME) for key, text in _NAMES.items()},
    **{f"\\{sign}": (sign, Face.UPRIGHT, Spacing.ORDINARY) for sign in "{}%&#_$"},
}
_ACCENTS = MappingProxyType({r"\hat": "ˆ", r"\bar": "¯", r"\tilde": "˜", r"\dot": "˙"})
_FACES = MappingProxyType(
    {
        r"\mathrm": Face.UPRIGHT,
        r"\operatorname": Face.UPRIGHT,
        r"\text": Face.UPRIGHT,
        r"\mathsf": Face.UPRIGHT,
        r"\mathit": Face.ITALIC,
        r"\mathbf": Face.BOLD,
        r"\boldsymbol": Face.BOLD_ITALIC,
    }
)
_FRACTIONS = MappingProxyType({r"\frac": _SCRIPT, r"\tfrac": _SCRIPT, r"\dfrac": 1.0})
_SIZES = MappingProxyType({r"\scriptstyle": _SCRIPT, r"\textstyle": 1.0, r"\displaystyle": 1.0})
_MUTE = frozenset({r"\left", r"\right", r"\big", r"\Big", r"\limits", r"\nolimits", r"\relax"})


def read_label(latex: str) -> Group:
    """A label's mathematics as a group of runs. Raises `ValueError` naming what is not understood."""
    reader = _Reader(latex)
    group = reader.group(closing="")
    reader.expect_end()
    return group


class _Reader:
    """A label on its way through its tokens; the face is that of the command around."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = deque(_TOKEN.findall(latex))
        self.faces: list[Face] = []

    def expect_end(self) -> None:
        """Raise `ValueError` where anything is left."""
        if self.tokens:
            raise self._refusal(f"{self.tokens[0]!r} closes nothing")

    def _refusal(self, what: str) -> ValueError:
        return ValueError(f"label {self.latex!r}: {what}")

    def group(self, closing: str) -> Group:
        """The runs up to a closing piece; that is taken too."""
        runs: list[Run] = []
        size = 1.0
        while self.tokens and self.tokens[0] != "}":
            piece = self.tokens.popleft()
            if piece in _SIZES:
                size = _SIZES[piece]
            elif piece in "^_'":
                self._script(piece, runs)
            elif piece not in _MUTE and (not piece.isspace() or Face.UPRIGHT in self.faces):
                runs.append(self._run(piece))
        if closing:
            if not self.tokens:
                raise self._refusal("a brace is not closed")
            self.tokens.popleft()
        return Group(tuple(runs), size)

    def _script(self, piece: str, runs: list[Run]) -> None:
        last = runs.pop() if runs else Group(())
        scripted = last if isinstance(last, Scripted) else Scripted(last, None, None)
        if piece == "'":
            primes = Group((*(scripted.above.runs if scripted.above else ()), _glyphs(_PRIME, Face.UPRIGHT, "'")))
            runs.append(Scripted(scripted.base, primes, scripted.below))
            return
        script = self._argument()
        if (scripted.below if piece == "_" else scripted.above) is not None:
            raise self._refusal(f"two scripts at one place ({piece})")
        above, below = (scripted.above, script) if piece == "_" else (script, scripted.below)
        runs.append(Scripted(scripted.base, above, below))

    def _argument(self) -> Group:
        """What a command or a script takes: a group or one piece."""
        while self.tokens and self.tokens[0].isspace():
            self.tokens.popleft()
        if not self.tokens or self.tokens[0] == "}":
            raise self._refusal("something is missing at its end")
        piece = self.tokens.popleft()
        if piece == "{":
            return self.group(closing="}")
        if piece[0].isdigit():
            self.tokens.extendleft(reversed(piece[1:]))
            piece = piece[0]
        return Group((self._run(piece),))

    def _run(self, piece: str) -> Run:
        if piece == "{":
            return self.group(closing="}")
        if piece in _FACES:
            return self._faced(piece)
        if piece in _FRACTIONS:
            return Fraction(self._argument(), self._argument(), _FRACTIONS[piece])
        if piece == r"\sqrt":
            return Root(self._argument())
        if piece == r"\phantom":
            return Phantom(self._argument())
        if piece in _ACCENTS:
            return Accented(self._argument(), _ACCENTS[piece])
        if piece in _SPACES:
            return Space(_SPACES[piece])
        return self._glyph(piece)

    def _faced(self, command: str) -> Group:
        self.faces.append(_FACES[command])
        inside = self._argument()
        self.faces.pop()
        return Group(_joined(inside.runs, command))

    def _glyph(self, piece: str) -> Run:
        face = self.faces[-1] if self.faces else None
        if piece.isspace():
            return Space(1 / 3)
        if piece[0].isdigit():
            return _glyphs(piece.replace("{,}", ","), face or Face.UPRIGHT, piece)
        if piece.isascii() and piece.isalpha():
            return _glyphs(piece, face or Face.ITALIC, piece)
        if piece not in _SIGNS:
            raise self._refusal(f"{piece!r} is not understood")
        text, own, spacing = _SIGNS[piece]
        return Glyphs(text, face if face and own is Face.ITALIC else own, piece, spacing)


def _glyphs(text: str, face: Face, latex: str) -> Glyphs:
    return Glyphs(text, face, latex)


def _joined(runs: tuple[Run, ...], command: str) -> tuple[Run, ...]:
    """Neighbouring letters of one face as one run, measured under their command."""
    found: list[Run] = []
    for run in runs:
        last = found[-1] if found else None
        if _is_letter(run) and _is_letter(last) and run.face is last.face:
            found[-1] = Glyphs(last.text + run.text, run.face, last.latex + run.latex)
        else:
            found.append(run)
    return tuple(Glyphs(r.text, r.face, f"{command}{{{r.latex}}}") if _is_letter(r) else r for r in found)


def _is_letter(run: Run | None) -> TypeGuard[Glyphs]:
    return isinstance(run, Glyphs) and run.spacing is Spacing.ORDINARY
