"""Who is asked: from names, the environment and arguments to one provider, model, address and key."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

from slipstream.errors import InvalidRequestError, MissingKeyError
from slipstream.models import Model, Provider, Registry

PLUGINS = {"local": "slipstream.local:endpoint"}
"""Providers whose address is not known before something has been started: `module:function` giving `.base_url` and
`.api_key`.

By name, because the room that starts the embedded model stands above this one."""

CUSTOM = "custom"
"""The provider of a `base_url` without a name."""


class Endpoint(Struct, frozen=True):
    """Where a request goes.

    Args:
        provider, model: as the registry knows them.
        base_url: without a trailing slash; "" for a plug-in that has not started.
        api_key: the key, or None where none is needed.
        version: the version of the API that is asked for in the query, or "".
    """

    provider: Provider
    model: Model
    base_url: str
    api_key: str | None
    version: str = ""

    @property
    def dialect(self) -> str:
        """The API that is spoken there: that of the model, where it differs from its provider's others."""
        return self.model.dialect or self.provider.dialect

    def __repr__(self) -> str:
        return f"Endpoint({self.provider.name}/{self.model.id} at {self.base_url or 'a plug-in'})"  # no key

    @property
    def plugin(self) -> str | None:
        """What must be started first, or None."""
        return None if self.base_url else PLUGINS.get(self.provider.name)


NEVER_CHOSEN = frozenset(("SLIPSTREAM_KEY",))
"""Variables whose key chooses nobody: `slipstream serve`, started where its clients' key is set, would ask itself."""


def load_registry(path: str | os.PathLike[str] | None) -> Registry:
    """The built-in registry, extended by the user's TOML file.

    Args:
        path: the file; if None, the one that SLIPSTREAM_MODELS names, if any.

    Raises:
        InvalidRequestError: the file cannot be read, or says something the registry does not know.
    """
    path = path or os.environ.get("SLIPSTREAM_MODELS")
    if not path:
        return Registry.default()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InvalidRequestError(f"models: the file {os.fspath(path)!r} cannot be read ({reason})") from None
    return Registry.default().extended(text, os.fspath(path))


def key_in_environment(provider: Provider) -> tuple[str, str] | None:
    """The first of the provider's variables that is set, and its value."""
    return next(((name, value) for name in provider.keys if (value := os.environ.get(name, "").strip())), None)


def choose_model(registry: Registry, name: str | None, provider: str | None) -> Model:
    """The model to ask: the one named, else SLIPSTREAM_MODEL, else that of the first key found, else the local one."""
    name = name or (os.environ.get("SLIPSTREAM_MODEL") if provider is None else None)
    if name or provider is not None:
        return registry.resolve(name, provider)
    first = registry.first_with_key(
        lambda variable: variable not in NEVER_CHOSEN and bool(os.environ.get(variable, "").strip())
    )
    return first if first is not None else registry.resolve("local")


def resolve(
    registry: Registry, *, model: str | None, provider: str | None, base_url: str | None, api_key: str | None
) -> Endpoint:
    """The endpoint for a call.

    Raises:
        UnknownModelError: no such model or provider.
        MissingKeyError: the provider needs a key and none was found.
        InvalidRequestError: the base URL or the key is malformed.
    """
    check_key(api_key)
    if base_url is not None:
        base_url = check_url(base_url)
        if provider is None:
            return Endpoint(_custom(), Model(id=model or "default", provider=CUSTOM), base_url, api_key)
    chosen = choose_model(registry, model, provider)
    known = registry.provider(chosen.provider)
    if known.name in PLUGINS and base_url is None:
        return Endpoint(known, chosen, "", api_key)
    found = (None, api_key) if api_key is not None else key_in_environment(known)
    if found is None and known.key_required and base_url is None:
        raise _missing(known)
    variable, key = found if found is not None else (None, None)
    check_key(key)
    address = _whole(known, chosen, base_url or check_url(_address(known, variable)))
    return Endpoint(known, chosen, address, key, version=_version(known))


def _whole(provider: Provider, model: Model, url: str) -> str:
    """The address with the provider's path, where it has none.

    Anthropic's own SDK takes its base URL without the version, Azure's the name of the resource, and so do people's
    variables; both forms are good.
    """
    path = provider.url_path or ("/v1" if provider.dialect == "anthropic" else "")
    return url if urlsplit(url).path else url + path.replace("{model}", quote(model.id, safe=""))


def _custom() -> Provider:
    return Provider(name=CUSTOM, dialect="openai_chat")


def _address(provider: Provider, variable: str | None) -> str:
    own = f"{provider.name.upper().replace('-', '_')}_BASE_URL"
    address = _first_set((own, *provider.url_keys)) or provider.url_for(variable)
    if not address:
        raise InvalidRequestError(
            f"no address for {provider.name}",
            hint=f'set {" or ".join(provider.url_keys or (own,))}, or pass base_url="..."',
        )
    return address


def _version(provider: Provider) -> str:
    version = _first_set(provider.version_keys) or provider.version
    if not version.replace("-", "").replace(".", "").isalnum() and version:
        names = " or ".join(provider.version_keys)
        raise InvalidRequestError(f"{names} is no version; it takes letters, digits, - and ., such as 2024-10-21")
    return version


def _first_set(names: Iterable[str]) -> str | None:
    """The value of the first of these environment variables that is set and not blank."""
    return next((value for name in names if (value := os.environ.get(name, "").strip())), None)


def _missing(provider: Provider) -> MissingKeyError:
    where = f"; get one at {provider.key_page}" if provider.key_page else ""
    return MissingKeyError(
        f"no API key for {provider.name}",
        provider=provider.name,
        hint=f'set {" or ".join(provider.keys)}, or pass api_key="..."{where}',
    )


def check_key(key: Any) -> None:
    """Refuse a key that no HTTP header can carry. The message never holds the key."""
    if key is None:
        return
    if not isinstance(key, str):
        raise InvalidRequestError(f"api_key is a {type(key).__name__}; it takes text")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidRequestError(
            "api_key is malformed: it is empty, or holds spaces, control characters or letters beyond ASCII",
            hint="copy it again from the provider's page; a line break may have come along",
        )


_ADDRESS = "it takes an address such as https://api.example.com/v1"


def check_url(url: Any) -> str:
    """The base URL without a trailing slash.

    Raises:
        InvalidRequestError: no scheme, no host, or more than an address.
    """
    if not isinstance(url, str):
        raise InvalidRequestError(f"base_url is a {type(url).__name__}; {_ADDRESS}")
    return _checked_url(url)


@functools.lru_cache(maxsize=64)  # it is the same one request after request, and Python takes 30 us to parse it
def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        port_ok = False
        parts = urlsplit("")
    if not port_ok or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidRequestError(f"base_url {_without_password(url)!r} has no http(s) scheme or no host; {_ADDRESS}")
    if parts.username or parts.password:
        raise InvalidRequestError("base_url holds a user name or password; pass the key as api_key")
    if parts.query or parts.fragment or " " in url.strip() or not url.isprintable():
        raise InvalidRequestError(f"base_url holds a query, a fragment, spaces or control characters; {_ADDRESS}")
    return url.strip().rstrip("/")


def _without_password(url: str) -> str:
    return url if "@" not in url else "..." + url[url.rindex("@") :]


def start_plugin(name: str) -> tuple[str, str | None]:
    """Start what stands behind a plug-in; return its base URL and key. It may take a second."""
    module, _, function = name.partition(":")
    started = getattr(importlib.import_module(module), function)()
    return check_url(started.base_url), started.api_key


FRAMING = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect", "keep-alive")
)
"""Headers that say how the request is framed: another value would end the request in the middle of its body."""


def client_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """The caller's headers, checked: a header that could smuggle another is refused by name."""
    checked: dict[str, str] = {}
    for name, value in (headers or {}).items():
        good = isinstance(name, str) and isinstance(value, str) and name.replace("-", "").replace("_", "").isalnum()
        if not good or not value.isprintable() or not value.isascii() or not name.isascii():
            raise InvalidRequestError(f"headers[{name!r}] is no HTTP header: printable ASCII text, a token as its name")
        if name.lower() in FRAMING:
            raise InvalidRequestError(f"headers[{name!r}] frames the request and is set by the transport")
        checked[name.lower()] = value
    return checked
