"""What is installed and what runs, for `slipstream doctor` and `slipstream local`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from slipstream.errors import LocalModelError
from slipstream.local.files import RUNTIME, find, model_name, runtime_folder
from slipstream.local.server import Endpoint, LocalServer


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """The state of the local model.

    Args:
        model: its name, or None if no usable file was found.
        path: the GGUF file, or None.
        size: its length, bytes, or None.
        runtime: the version of xllamacpp, or None if it is not installed.
        endpoint: the address of the running server, or None.
        pid: the process of the running server, or None.
        problem: why the model cannot be used, or None if it can.
        hint: what to do about it, or None.
    """

    model: str | None
    path: Path | None
    size: int | None
    runtime: str | None
    endpoint: Endpoint | None
    pid: int | None
    problem: str | None
    hint: str | None

    @property
    def ready(self) -> bool:
        """Whether the model can be started."""
        return self.problem is None


def look(path: str | os.PathLike[str] | None, running: LocalServer | None) -> LocalStatus:
    """The state, without starting anything and without reading the whole file."""
    found: Path | None = None
    problem: LocalModelError | None = None
    try:
        found = find(path)
        runtime_folder()
    except LocalModelError as error:
        problem = error
    return LocalStatus(
        model=model_name(found) if found else None,
        path=found,
        size=found.stat().st_size if found else None,
        runtime=_runtime_version(),
        endpoint=running.current if running else None,
        pid=running.pid if running else None,
        problem=problem.message if problem else None,
        hint=problem.hint if problem else None,
    )


def _runtime_version() -> str | None:
    from importlib.metadata import PackageNotFoundError, version  # here, because it costs 30 ms

    try:
        return version(RUNTIME)
    except PackageNotFoundError:
        return None
