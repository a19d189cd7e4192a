"""What `show()` refuses, wherever it would show, before anything of the answer is read."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

from slipstream.client.paths import reason
from slipstream.errors import InvalidRequestError

TARGETS: Final = "terminal, notebook, plain, a text file, None"
_PICTURES: Final = "the path of a picture, its bytes, a Pillow image, None"


def wrong_target(shown: str) -> InvalidRequestError:
    """The error for a place where nothing can be shown.

    Args:
        shown: what was given.
    """
    return InvalidRequestError(f"to: {shown}; accepted: {TARGETS}", argument="to")


def check_file(file: Any) -> None:
    """Refuse what takes no text.

    Raises:
        InvalidRequestError: it names what was given.
    """
    name = f"a {type(file).__name__}"
    if not callable(getattr(file, "write", None)) or not callable(getattr(file, "flush", None)):
        raise wrong_target(name)
    try:
        file.write("")  # the only way to tell of a wrapper whether it takes text or bytes
    except TypeError:
        raise wrong_target(f"{name}, which takes no text") from None
    except (ValueError, OSError):
        raise wrong_target(f"{name} that is closed, or not open for writing") from None


def check_picture(picture: Any) -> None:
    """Refuse what is no picture. Whether a file or bytes can be decoded is seen where it is drawn.

    Raises:
        InvalidRequestError: it names what was given.
    """
    if isinstance(picture, (str, os.PathLike)):
        _check_path(picture)
    elif not (picture is None or isinstance(picture, (bytes, bytearray, memoryview)) or _is_image(picture)):
        raise _wrong_picture(f"a {type(picture).__name__}")


def _check_path(path: str | os.PathLike[str]) -> None:
    try:
        with Path(path).open("rb"):
            return
    except (OSError, ValueError, TypeError) as error:  # TypeError: a path in bytes
        why = reason(error)
    raise _wrong_picture(f"the file {os.fspath(path)!r} cannot be read ({why})")


def _is_image(value: Any) -> bool:
    """True for a Pillow image. Who has one has imported Pillow."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(value, module.Image)


def _wrong_picture(shown: str) -> InvalidRequestError:
    return InvalidRequestError(f"picture: {shown}; accepted: {_PICTURES}", argument="picture")
