"""The room is pure: it imports nothing of the package but the errors, and nothing that touches the outside."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import slipstream.models

FILES = sorted(Path(slipstream.models.__file__).parent.glob("*.py"))
FORBIDDEN = {"asyncio", "threading", "socket", "time", "random", "os", "io", "pathlib", "subprocess"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_imports(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] not in FORBIDDEN
            assert not name.startswith("slipstream") or name.startswith(("slipstream.models", "slipstream.errors"))
