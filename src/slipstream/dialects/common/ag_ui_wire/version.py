"""Which AG-UI a client speaks."""

from __future__ import annotations

import re
from typing import Final

from slipstream.dialects.common.checks import name_of, wrong

CURRENT: Final = "1.0"
"""The version that `RUN_STARTED` tells, where the client knows versions."""

_VERSION: Final = re.compile(r"\d{1,4}(\.\d{1,4}){0,2}")


def is_version(version: str) -> bool:
    """True if this is a version of the protocol, such as `1.0`."""
    return _VERSION.fullmatch(version) is not None


def is_current(version: str) -> bool:
    """True for 1.0 and later, whose clients say so in `protocolVersion`; "" is a client from before.

    Raises:
        InvalidRequestError: it is no version.
    """
    if version and not is_version(version):
        raise wrong("reply.version", f"{name_of(version)} is no version", "0, 1 or 1.0")
    return bool(version) and int(version.partition(".")[0]) >= 1
