"""How every event travels in every dialect, for the documentation: `python -m tests.contract.carrying`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

from slipstream import dialects
from slipstream.dialects.common.stream_encoder import StreamEncoder, carries

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "dialects.md"
BEGIN: Final = "<!-- made by tests/contract/carrying.py -->\n"
END: Final = "<!-- end -->\n"


def section(name: str) -> str:
    """One dialect: what travels in another form than its own, by that form."""
    encoder = dialects.get(name).encoder()
    assert isinstance(encoder, StreamEncoder)
    ways: dict[str, list[str]] = defaultdict(list)
    for tag, how in carries(type(encoder)).items():
        if how:
            ways[how].append(f"`{tag}`")
    lines = [f"- {', '.join(tags)}: {how}." for how, tags in ways.items()]
    return f"### {name}\n\n" + ("\n".join(lines) or "Every event has its own form.") + "\n"


def made() -> str:
    """All dialects."""
    return "\n".join(map(section, dialects.names()))


def on_page() -> str:
    """The part as it stands in the documentation."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page.replace(on_page(), made()) if on_page() else page.replace(END, made() + END), "utf-8")
