"""TeX with a light touch of Unicode."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from slipstream.sinks.terminal.layout.tex import readable


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        ("E = mc^2", "E = mc²"),
        (r"\alpha_1 \leq \beta", "α₁ ≤ β"),
        (r"\frac{1}{2} + \frac{a+b}{c}", "1/2 + (a+b)/c"),
        (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
        (r"\sqrt{2} \times \sqrt{x+1}", "√2 × √(x+1)"),
        (r"\sum_{i=1}^{n} x_i", "∑ᵢ₌₁ⁿ xᵢ"),
        (r"f: \mathbb{R} \to \mathbb{R}", "f: ℝ → ℝ"),
        (r"\text{speed} = 5\,\text{m}", "speed = 5 m"),
        (r"\sin\theta + \cos x", "sin θ + cos x"),
        (r"\left( a \right)", "( a )"),
        (r"x^{\alpha}", "x^{α}"),
        (r"\begin{cases} a \\ b \end{cases}", r"\begin{cases} a \\ b \end{cases}"),
        (r"\unknown{x} x_Q", r"\unknown{x} x_Q"),
        ("\\", "\\"),
    ],
)
def test_formulas(tex: str, shown: str) -> None:
    assert readable(tex) == shown


@given(st.text(alphabet=r"\frac{}sqt^_ab12 ", max_size=60))
def test_any_text_is_taken(tex: str) -> None:
    readable(tex)


def test_a_long_formula_takes_no_square() -> None:
    assert len(readable(r"\frac{" * 50_000 + "x^" * 50_000)) > 100_000
