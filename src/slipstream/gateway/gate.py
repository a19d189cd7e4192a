"""Whether a request may be answered at all: its key, and where it comes from.

A server on loopback without keys answers every program of this machine, and a web page in its browser is one of them:
a page of any site may send requests to 127.0.0.1, and one whose name is made to resolve to 127.0.0.1 (DNS rebinding)
may even read the answers. Two headers, which a page cannot forge, tell them apart: `Host` is the name that the page's
request was sent to, and `Origin` the page's own. So without keys only names of loopback are taken as `Host`, and no
`Origin` but our own and those that were allowed. With keys none of this is needed: a page does not have one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any, Final

from slipstream.errors import PermissionDeniedError
from slipstream.gateway.keys import Keys

LOOPBACK_NAMES: Final = ("localhost", "ip6-localhost")


class Gate:
    """Lets requests in.

    Args:
        keys: who may ask; None lets every program of this machine ask.
        origins: web pages that may.
    """

    def __init__(self, keys: Keys | None, origins: Collection[str] = ()) -> None:
        self._keys = keys
        self._origins = frozenset(origins)

    def enter(self, scope: Mapping[str, Any]) -> str:
        """The name of who asks; "" where there are no keys.

        Raises:
            AuthenticationError: the key is missing or not known.
            PermissionDeniedError: a web page asks that may not.
        """
        if self._keys is not None:
            return self._keys.check(scope["headers"])
        self._check_page(scope)
        return ""

    def _check_page(self, scope: Mapping[str, Any]) -> None:
        named = {name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"host", b"origin")}
        host, origin = named.get(b"host", ""), named.get(b"origin")
        if host and not is_loopback(host_of(host)):
            raise PermissionDeniedError(
                "the Host of this request is not a name of this machine, and the server has no keys",
                status=403, code="host_not_allowed", hint="ask 127.0.0.1 or localhost, or start it with --keys",
            )  # fmt: skip
        if origin is not None and origin not in self._origins and origin != f"{scope['scheme']}://{host}":
            raise PermissionDeniedError(
                "web pages of this origin may not ask a server without keys",
                status=403, code="origin_not_allowed", hint="--cors ORIGIN allows it",
            )  # fmt: skip


def host_of(value: str) -> str:
    """The host in a `Host` header, without its port and without the brackets of IPv6."""
    text = value.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def is_loopback(host: str) -> bool:
    """True if this name or address can only be this machine."""
    if host in LOOPBACK_NAMES or host.endswith(".localhost"):  # RFC 6761: resolvers keep it here
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
