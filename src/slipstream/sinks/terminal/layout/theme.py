"""How things look: SGR parameters, from the sixteen colours that every terminal has and every theme of one redefines.

Black, white, yellow and the bright colours are left out: on a light or a dark ground one of them cannot be read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

BOLD, DIM, ITALIC, UNDERLINE, STRIKE = "1", "2", "3", "4", "9"
RED, GREEN, BLUE, MAGENTA, CYAN = "31", "32", "34", "35", "36"

CODE_SPAN: Final = CYAN
MATH: Final = MAGENTA
BAR: Final = CYAN
BULLET: Final = CYAN
HEADINGS: Final = (f"{BOLD};{MAGENTA}", f"{BOLD};{CYAN}", f"{BOLD};{GREEN}", BOLD, BOLD, BOLD)  # by level

TOKENS: Final = {
    "Comment": DIM,
    "Comment.Preproc": MAGENTA,
    "Error": "",
    "Generic.Deleted": RED,
    "Generic.Emph": ITALIC,
    "Generic.Error": RED,
    "Generic.Heading": BOLD,
    "Generic.Inserted": GREEN,
    "Generic.Output": DIM,
    "Generic.Prompt": f"{BOLD};{CYAN}",
    "Generic.Strong": BOLD,
    "Generic.Subheading": MAGENTA,
    "Generic.Traceback": RED,
    "Keyword": MAGENTA,
    "Keyword.Constant": CYAN,
    "Keyword.Type": CYAN,
    "Literal.Date": CYAN,
    "Literal.Number": CYAN,
    "Literal.String": GREEN,
    "Literal.String.Escape": CYAN,
    "Literal.String.Interpol": CYAN,
    "Name.Attribute": BLUE,
    "Name.Builtin": CYAN,
    "Name.Class": f"{BOLD};{BLUE}",
    "Name.Decorator": MAGENTA,
    "Name.Exception": CYAN,
    "Name.Function": BLUE,
    "Name.Namespace": "",
    "Name.Tag": f"{BOLD};{BLUE}",
    "Operator.Word": MAGENTA,
}
"""Pygments' token types; what is not here looks like the nearest type above it."""


@lru_cache(maxsize=256)
def of_token(kind: Any) -> str:
    """The SGR parameters of a Pygments token type."""
    while kind:
        found = TOKENS.get(".".join(kind))
        if found is not None:
            return found
        kind = kind.parent
    return ""
