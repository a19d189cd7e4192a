"""The rules of the house (DESIGN section 1): which room may import which, and what the pure rooms may not touch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "slipstream"
PURE = ("codec", "events", "dialects", "models", "flow", "sinks")
ALL_PURE = frozenset(PURE)
MAY_IMPORT: dict[str, frozenset[str]] = {
    "events": frozenset(),
    "codec": frozenset(),
    "models": frozenset(),
    "dialects": frozenset(("codec", "events")),
    "flow": frozenset(("events", "codec")),
    "sinks": frozenset(("events", "codec", "dialects")),
    "run": ALL_PURE,
    "client": ALL_PURE | {"run"},
    "local": ALL_PURE | {"run", "client"},
    "tools": ALL_PURE | {"run", "client"},
    "record": ALL_PURE | {"run", "client"},
    "telemetry": ALL_PURE | {"run", "client"},
    "store": frozenset(("events", "codec")),
}
FORBIDDEN_IN_PURE = frozenset(
    ("asyncio", "threading", "socket", "time", "random", "os", "subprocess", "selectors", "ssl")
)
SHARED = frozenset(("errors", "_version"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which room it enters"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "slipstream")


def rooms_entered(path: Path) -> set[str]:
    """The rooms of this package that a file imports."""
    parts = (name.split(".") for name in imports(path) if name.startswith("slipstream."))
    return {part[1] for part in parts} - SHARED


def files(room: str) -> list[Path]:
    return sorted((SOURCE / room).rglob("*.py"))


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_the_house_allows(room: str) -> None:
    for path in files(room):
        extra = rooms_entered(path) - MAY_IMPORT[room] - {room}
        assert not extra, f"{path.relative_to(SOURCE)} may not import {sorted(extra)}"


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_touches_no_clock_socket_or_thread(room: str) -> None:
    for path in files(room):
        found = {name.split(".")[0] for name in imports(path)} & FORBIDDEN_IN_PURE
        assert not found, f"{path.relative_to(SOURCE)} may not import {sorted(found)}"


def test_dialects_do_not_import_each_other() -> None:
    dialects = {path.stem for path in (SOURCE / "dialects").glob("*.py")} - {"__init__"}
    for path in files("dialects"):
        others = dialects - {path.stem} if path.parent.name == "dialects" else dialects
        names = {name.split(".")[2] for name in imports(path) if name.startswith("slipstream.dialects.")}
        assert not names & others, f"{path.relative_to(SOURCE)} imports the dialect {sorted(names & others)}"


def test_errors_import_nothing_of_the_house() -> None:
    assert rooms_entered(SOURCE / "errors.py") == set()


def test_every_room_is_known_to_this_test() -> None:
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and list(path.rglob("*.py"))}
    assert rooms <= set(MAY_IMPORT) | {"gateway", "cli", "web"}


def test_the_rule_can_be_broken(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("import time\nfrom slipstream.run import driver\nfrom slipstream import client\n")
    assert rooms_entered(bad) == {"run", "client"}
    assert "time" in set(imports(bad))
