"""The characters of the fonts: the letter each shows, how it stands, and its room."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from derive.measure.boxes import Box, Face, Sign
from derive.measure.fonts import font, symbol

_NAMED = """alpha=α beta=β gamma=γ delta=δ epsilon=ϵ varepsilon=ε zeta=ζ eta=η theta=θ vartheta=ϑ iota=ι kappa=κ
lambda=λ mu=μ nu=ν xi=ξ pi=π varpi=ϖ rho=ρ varrho=ϱ sigma=σ varsigma=ς tau=τ upsilon=υ phi=ϕ varphi=φ chi=χ psi=ψ
omega=ω partial=∂ ell=ℓ Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ Xi=Ξ Pi=Π Sigma=Σ Upsilon=Υ Phi=Φ Psi=Ψ Omega=Ω
ldotp=. cdotp=⋅ langle=⟨ rangle=⟩ lfloor=⌊ rfloor=⌋ lceil=⌈ rceil=⌉ lbrace={ rbrace=} |=‖ infty=∞ nabla=∇ prime=′
forall=∀ exists=∃ emptyset=∅ top=⊤ bullet=∙ circ=∘ star=⋆ ast=∗ times=× odot=⊙ otimes=⊗ oplus=⊕ ominus=⊖ oslash=⊘ pm=±
mp=∓ div=÷ cap=∩ cup=∪ wedge=∧ vee=∨ setminus=∖ approx=≈ sim=∼ equiv=≡ propto=∝ leftarrow=← rightarrow=→ uparrow=↑
downarrow=↓ leftrightarrow=↔ Leftarrow=⇐ Rightarrow=⇒ Leftrightarrow=⇔ leq=≤ geq=≥ ll=≪ gg=≫ in=∈ subset=⊂ subseteq=⊆
sum=∑ prod=∏ hat=ˆ bar=¯ tilde=˜ dot=˙ ddot=¨ check=ˇ acute=´ grave=`"""
_MINUS = "\N{MINUS SIGN}"
_PLAIN = "!+,.:;=?<>/()[]|"
_ESCAPED = "%&#$"
_BASES = MappingProxyType(
    {
        "bold": "operators",
        "sans": "operators",
        "italic": "operators",
        "boldletters": "letters",
        "boldsymbols": "symbols",
    }
)
"""Families whose characters stand at the places of another."""
_FACES = MappingProxyType(
    {
        "italic": Face.ITALIC,
        "letters": Face.ITALIC,
        "bold": Face.BOLD,
        "boldsymbols": Face.BOLD,
        "boldletters": Face.BOLD_ITALIC,
    }
)
_STANDING = MappingProxyType({Face.ITALIC: Face.UPRIGHT, Face.BOLD_ITALIC: Face.BOLD})
_RAISED = MappingProxyType({"\N{PRIME}": (4 / 3, 0.44)})
"""Signs that stand high already in today's fonts: their size to that of TeX's, and how much lower they begin."""
_LIKE_LETTERS = frozenset("∂ℓ")
_MARKS = frozenset(".,")
"""They make one number with the digits around."""


@cache
def _signs() -> Mapping[tuple[str, int], str]:
    """What is at each place of a family."""
    made = {("symbols", 0): _MINUS, ("symbols", 3): "∗", **{("operators", ord(sign)): sign for sign in _ESCAPED}}
    named = {f"\\{name}": sign for name, sign in (pair.split("=", 1) for pair in _NAMED.split())}
    for token, sign in (*((sign, sign) for sign in _PLAIN), *named.items()):
        found = symbol(token)
        if found is None:
            raise KeyError(token)
        made.setdefault((found[1], found[2]), sign)
    return made


def sign(family: str, code: int) -> str:
    """The letter or sign that a character shows; "" where it is not known."""
    base = _BASES.get(family, family)
    if base in {"letters", "operators"} and chr(code).isascii() and chr(code).isalnum():
        return chr(code)
    return _signs().get((base, code), "")


@lru_cache(maxsize=4096)
def character_box(family: str, code: int, size: int) -> Box:
    """The room of a character at one of the three sizes, without its italic correction, and the character in it."""
    made = font(family, size)
    box = made.box(code)
    text = sign(family, code)
    face = _FACES.get(family, Face.UPRIGHT)
    if not text.isalnum() and text not in _LIKE_LETTERS:
        face = _STANDING.get(face, face)
    word = text in _MARKS or (text.isalnum() and made.spaces_words)
    scale, drop = _RAISED.get(text, (1.0, 0.0))
    return box.holding((0.0, -drop * made.points, Sign(text, face, made.points * scale, box.width, word)))
