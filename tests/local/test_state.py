"""The status for people: nothing is raised, nothing started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from slipstream import local
from slipstream.local import files


def test_nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(files.MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])
    status = local.status()
    assert not status.ready
    assert (status.model, status.path, status.size, status.runtime) == (None, None, None, None)
    assert status.problem == "the embedded model is not installed"
    assert status.hint == files.INSTALL_HINT


def test_a_model_without_its_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "own.gguf"
    model.write_bytes(b"GGUF" + bytes(12))
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])
    status = local.status(model)
    assert (status.model, status.path, status.size) == ("own", model, 16)
    assert not status.ready
    assert status.hint == files.RUNTIME_HINT


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    status = local.status(tmp_path / "gone.gguf")
    assert not status.ready
    assert status.problem is not None
    assert "gone.gguf does not exist" in status.problem
