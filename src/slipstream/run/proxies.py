"""Which proxy stands before a host, as the environment says (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY).

aiohttp's `trust_env` does more than that: it reads ~/.netrc in a thread for every request, and an entry there for the
provider's host makes it refuse the request, because the key's header is already set.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from slipstream.errors import ConnectionFailedError


def proxy_for(url: str) -> str | None:
    """The address of the proxy for this URL, with its user and password if it has any; None to go straight.

    Raises:
        ConnectionFailedError: the environment names a proxy of a kind that cannot be used; going straight instead would
            go around what somebody set up.
    """
    parts = urlsplit(url)
    if _is_loopback(parts.hostname or ""):
        return None  # the embedded model and local servers: no proxy can reach this machine's own loopback
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.netloc):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    scheme = urlsplit(proxy).scheme
    if scheme not in ("http", "https"):
        raise ConnectionFailedError(
            f"the proxy for {parts.hostname} speaks {scheme}; only HTTP proxies can be used",
            hint=f"set {parts.scheme.upper()}_PROXY to an http:// proxy, or add the host to NO_PROXY",
        )
    return proxy


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
