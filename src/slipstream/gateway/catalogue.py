"""Which models clients may name, and where their requests go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from slipstream.client import endpoint as endpoints
from slipstream.client.endpoint import Endpoint
from slipstream.client.plan import Settings
from slipstream.errors import InvalidRequestError, MissingKeyError, NotFoundError, UnknownModelError
from slipstream.gateway.failures import log
from slipstream.models import Model

DEFAULT: Final = "default"
"""The name of the default model, for clients that must name one; what names none is taken to say this."""

SHOWN: Final = 8
"""Models that a refusal names; `GET /v1/models` has all."""


REMEMBERED: Final = 1024
"""Names that are remembered: more than any client uses, and no more, as a client may make up names."""


class Catalogue:
    """The models that clients may name.

    Args:
        settings: those of the client that asks providers.
        allow: patterns (`*`, `?`) of names; none allows every model whose provider's key the server has, and the local
            one. The default model may always be named.

    Attributes:
        default: where requests go that name no model.

    Raises:
        UnknownModelError, MissingKeyError: there is no such default model, or no key for it.
    """

    def __init__(self, settings: Settings, allow: Sequence[str] = ()) -> None:
        self._settings = settings
        self._allow = tuple(_pattern(pattern) for pattern in allow)
        self._found: dict[str, Endpoint] = {}  # names that clients have used: to find one takes 60 us
        self.default = self._resolve(None)
        for pattern in self._allow:
            self._check(pattern)

    def _check(self, pattern: str) -> None:
        """Refuse a pattern of a provider that nobody knows; a missing key is told, as it may come later."""
        provider, slash, _ = pattern.partition("/")
        if not slash:
            return
        known = [one for one in self._settings.registry.providers() if fnmatchcase(one.name, provider)]
        if not known and self._settings.base_url is None:
            names = ", ".join(one.name for one in self._settings.registry.providers())
            raise InvalidRequestError(
                f"allow holds {pattern!r}, and there is no provider {provider!r}; there are {names}", argument="allow"
            )
        if known and all(one.key_required and endpoints.key_in_environment(one) is None for one in known):
            log.warning("%s is allowed, and there is no key for it: clients will not find its models", pattern)

    def find(self, name: str) -> Endpoint:
        """Where a request for this model goes; "", `DEFAULT` and the full name of the default one are that.

        Raises:
            NotFoundError: there is no such model here; the message says which there are.
        """
        if name in ("", DEFAULT, self.default.model.name):
            return self.default
        known = self._found.get(name)
        return known if known is not None else self._look_up(name)

    def _look_up(self, name: str) -> Endpoint:
        try:
            endpoint = self._resolve(name)
        except (UnknownModelError, MissingKeyError, InvalidRequestError):
            raise self._missing(name) from None
        if not self._allows(name, endpoint):
            raise self._missing(name)
        if len(self._found) >= REMEMBERED:
            self._found.clear()
        self._found[name] = endpoint
        return endpoint

    def _resolve(self, name: str | None) -> Endpoint:
        known = self._settings
        return endpoints.resolve(
            known.registry,
            model=name or known.model,
            provider=known.provider,
            base_url=known.base_url,
            api_key=known.api_key,
        )

    def _allows(self, name: str, endpoint: Endpoint) -> bool:
        model = endpoint.model
        if (model.provider, model.id) == (self.default.model.provider, self.default.model.id):
            return True
        if self._allow:
            return any(fnmatchcase(said, pattern) for pattern in self._allow for said in (name, model.id, model.name))
        return self._is_ours(endpoint)

    def _is_ours(self, endpoint: Endpoint) -> bool:
        """True if the server has a key for it, or was told its address; no key is needed for the embedded model.

        Other servers of this machine that need no key (LM Studio, ...) are not offered to everybody unasked.
        """
        return endpoint.api_key is not None or endpoint.plugin is not None or self._settings.base_url is not None

    def _missing(self, name: str) -> NotFoundError:
        shown = name if len(name) <= 80 else name[:80] + "..."
        names = [id for id, _ in self.listed()]
        more = f" and {len(names) - SHOWN} more, which GET /v1/models lists" if len(names) > SHOWN else ""
        return NotFoundError(
            f"there is no model {shown!r} here; there are: {', '.join(names[:SHOWN])}{more}",
            status=404,
            code="model_not_found",
        )

    # ---- the list

    def listed(self) -> list[tuple[str, Model]]:
        """The models that can be asked and are known by name, each with the name that it is asked by."""
        seen = {self.name_of(self.default.model): self.default.model}
        for model in self._candidates():
            name = self.name_of(model)
            if name in seen:
                continue
            try:
                endpoint = self._resolve(name)
            except InvalidRequestError:  # no key for it
                continue
            if self._allows(name, endpoint):
                seen[name] = model
        return list(seen.items())

    def _candidates(self) -> Iterator[Model]:
        known = self._settings
        if known.base_url is not None and known.provider is None:
            return  # nobody knows what that address serves
        for model in known.registry.models():
            if known.provider is None or model.provider == known.provider:
                yield model

    def name_of(self, model: Model) -> str:
        """How the model is asked for: its id where that means this model, else `provider/id`."""
        if self._settings.base_url is not None or self._settings.provider is not None:
            return model.id
        try:
            found = self._settings.registry.resolve(model.id)
        except InvalidRequestError:
            return model.name
        return model.id if found.provider == model.provider else model.name


def _pattern(pattern: object) -> str:
    if not isinstance(pattern, str) or not pattern.strip():
        raise InvalidRequestError(
            "allow holds something that is no pattern; it takes texts such as 'zhipu/*'", argument="allow"
        )
    return pattern.strip()
