"""A place to put recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes bytes into a file and returns its path."""

    def write(data: bytes, name: str = "answer.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write
