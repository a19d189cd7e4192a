"""TeX with a light touch of Unicode: what a terminal can show of a formula in its lines.

Only what reads the same in one row is replaced - letters, signs, simple fractions, roots, raised and lowered figures;
everything else stays as the model wrote it.
"""

from __future__ import annotations

import re
from typing import Final

_TABLE: Final = """
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ
    nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ
    Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω times × cdot · div ÷ pm ± mp ∓ ast ∗ circ ∘ le ≤ leq ≤
    ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ propto ∝ ll ≪ gg ≫ infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏
    int ∫ iint ∬ oint ∮ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ emptyset ∅
    varnothing ∅ setminus ∖ forall ∀ exists ∃ neg ¬ lnot ¬ land ∧ wedge ∧ lor ∨ vee ∨ to → rightarrow →
    leftarrow ← Rightarrow ⇒ Leftarrow ⇐ leftrightarrow ↔ Leftrightarrow ⇔ implies ⟹ iff ⟺ mapsto ↦ uparrow ↑
    downarrow ↓ oplus ⊕ otimes ⊗ perp ⊥ parallel ∥ angle ∠ triangle △ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋
    lceil ⌈ rceil ⌉ ldots … cdots ⋯ dots … vdots ⋮ ddots ⋱ prime ′ hbar ℏ ell ℓ Re ℜ Im ℑ aleph ℵ degree °
    therefore ∴ because ∵ mid |
"""
_SIGNS: Final = _TABLE.split()
_SYMBOLS: Final = {
    **dict(zip(_SIGNS[::2], _SIGNS[1::2], strict=True)),
    "quad": "  ",
    "qquad": "    ",
    "left": "",
    "right": "",
}
_FUNCTIONS: Final = "arccos arcsin arctan cos cosh cot det dim exp gcd inf ker lim ln log max min sin sinh sup tan tanh"
_NAMES: Final = frozenset(_FUNCTIONS.split())

_SETS: Final = {"C": "ℂ", "N": "ℕ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
_RAISED: Final = dict(
    zip("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)
)
_LOWERED: Final = dict(zip("0123456789+-=()aeoxijn", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓᵢⱼₙ", strict=True))

_command: Final = re.compile(r"\\([a-zA-Z]+)").sub
_wrapped: Final = re.compile(r"\\(?:text|mathrm|mathbf|mathit|operatorname|boldsymbol|mathcal)\{([^{}]*)\}").sub
_fraction: Final = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}").sub
_root: Final = re.compile(r"\\sqrt\{([^{}]*)\}").sub
_script: Final = re.compile(r"([\^_])(?:\{([^{}\\]+)\}|([0-9a-zA-Z+-]))").sub
_space: Final = re.compile(r"[ ]?(?<!\\)\\[,;:! ][ ]?").sub
_sets: Final = re.compile(r"\\mathbb\{?([CNQRZ])\}?").sub
_simple: Final = re.compile(r"\w+|\\[a-zA-Z]+").fullmatch

_MAX_DEPTH: Final = 4  # fractions within fractions: deeper ones are no easier to read in one row


def readable(tex: str) -> str:
    """A formula, or a line of one, with signs in place of the commands that name them."""
    if "\\" not in tex and "^" not in tex and "_" not in tex:
        return tex
    tex = _sets(lambda found: _SETS[found[1]], tex)
    for _ in range(_MAX_DEPTH):
        before = tex
        tex = _wrapped(r"\1", tex)
        tex = _root(lambda found: f"√{_grouped(found[1])}", tex)
        tex = _fraction(lambda found: f"{_grouped(found[1])}/{_grouped(found[2])}", tex)
        if tex == before:
            break
    return _script(_moved, _command(_symbol, _space(" ", tex)))


def _grouped(text: str) -> str:
    text = text.strip()
    return text if _simple(text) else f"({text})"


def _symbol(found: re.Match[str]) -> str:
    name = found[1]
    if name in _NAMES:
        return f"{name} " if found.string.startswith("\\", found.end()) else name
    return _SYMBOLS.get(name, found[0])


def _moved(found: re.Match[str]) -> str:
    signs = _RAISED if found[1] == "^" else _LOWERED
    text = found[2] or found[3]
    return "".join(signs[char] for char in text) if all(char in signs for char in text) else found[0]
