"""The compatibility table of the documentation, made of what the clients read: `python -m tests.clients.table`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.clients.clients import CLIENTS, COLUMNS, ROOT, Client, run
from tests.clients.scenarios import EXPECTED

PAGE: Final = ROOT / "docs" / "compatibility.md"
BEGIN: Final = "<!-- made by tests/clients/table.py -->\n"
END: Final = "<!-- end -->\n"


def reads(client: Client, seen: Mapping[str, Any], scenario: str) -> bool:
    """True if the client read all there is in this scenario."""
    found = seen.get(scenario, {})
    return all(found.get(key) == value for key, value in EXPECTED[scenario].items())


def rows(results: Iterable[tuple[Client, Mapping[str, Any]]]) -> str:
    """The table."""
    lines = [
        "| client | dialect | " + " | ".join(COLUMNS) + " |",
        "|---|---|" + "---|" * len(COLUMNS),
    ]
    notes: list[str] = []
    for client, seen in results:
        cells = []
        for scenario in COLUMNS:
            why = client.blind.get(scenario)
            if why is not None and why not in notes:
                notes.append(why)
            good = reads(client, seen, scenario)
            cells.append("yes" if good else "NO" if why is None else f"- ({notes.index(why) + 1})")
        lines.append(f"| {client.name} | `{client.dialect}` at `{client.path}` | " + " | ".join(cells) + " |")
    told = [f"({number}) the client {why}, whoever sends it.\n" for number, why in enumerate(notes, 1)]
    return "\n".join(lines) + "\n\n" + "".join(told)


def on_page() -> str:
    """The table as it stands in the documentation."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


def write(table: str) -> None:
    """Put the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    PAGE.write_text(head + table + tail, encoding="utf-8")


if __name__ == "__main__":
    from tests.clients.server import serving

    with serving() as address:
        write(rows([(client, run(client, address)) for client in CLIENTS]))
