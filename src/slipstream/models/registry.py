"""`Registry`: from the name a person types to one model.

Strategy: a name is tried as a known id or alias, then as the name of a provider, then as `provider/model`, then against
the patterns of families, the most specific first. A pattern of nothing but `*` is everything a provider serves, so it
counts only where the provider has been named.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NoReturn

from msgspec.structs import replace

from slipstream.errors import InvalidRequestError, UnknownModelError
from slipstream.models.reading import ModelKey, read
from slipstream.models.types import Model, Provider

DATA_FILE = "registry.toml"

# Names are repeated in messages; what is longer than this is no name.
SHOWN_CHARACTERS = 80

MAX_RESOLVED = 1024
"""Names whose model is remembered; a server's clients may name any number."""

Families = list[tuple[str, Model]]


class Registry:
    """Models and providers, read-only.

    Args:
        providers: by name, in order of preference.
        models: by provider and id; later ones win where names are the same.
    """

    def __init__(self, providers: Mapping[str, Provider], models: Mapping[ModelKey, Model]) -> None:
        self._providers = dict(providers)
        self._models = dict(models)
        self._provider_words = _provider_words(self._providers.values())
        self._by_name = _names(self._models.values())
        self._by_provider = {
            name: _names(model for model in self._models.values() if model.provider == name) for name in self._providers
        }
        self._families = _families(self._models.values())
        self._resolved: dict[tuple[str | None, str | None], Model] = {}

    @staticmethod
    def default() -> Registry:
        """The registry inside the package, read once."""
        return _packaged()

    def extended(self, toml_text: str, origin: str) -> Registry:
        """A new registry with the tables of a user's TOML laid over this one.

        A `[[models]]` entry with a known provider and id changes the keys it names and keeps the others; so does a
        `[providers.<name>]` table.

        Args:
            toml_text: the text of the file; see `docs/models.md`.
            origin: the file's name, for messages.

        Raises:
            InvalidRequestError: not TOML, an unknown key, a wrong type; file, table and key are named.
            UnknownModelError: a model's provider does not exist.
        """
        return Registry(*read(toml_text, origin, self._providers, self._models))

    def models(self) -> tuple[Model, ...]:
        """Every model that is known by its id, in file order; families are not among them."""
        return tuple(model for model in self._models.values() if model.id)

    def providers(self) -> tuple[Provider, ...]:
        """Every provider, in order of preference."""
        return tuple(self._providers.values())

    def provider(self, name: str) -> Provider:
        """The provider of this name or alias, in any case.

        Raises:
            UnknownModelError: there is none; the message lists near names and all providers.
        """
        found = self._provider_words.get(_checked(name, "provider").lower())
        if found is None:
            near = _near(name, self._provider_words)
            raise UnknownModelError(
                f"no provider {_shown(name)}{near}", hint=f"providers: {', '.join(self._providers)}"
            )
        return found

    def resolve(self, name: str | None = None, provider: str | None = None) -> Model:
        """The model that a name means.

        Args:
            name: a known id or alias in any case (`glm-4.7-flash`), a provider (`local`: its default model),
                `provider/model` (`openrouter/z-ai/glm-4.5`), or an id of a known family. With `provider`, any id that
                it may serve; None is its default model.
            provider: the name of a provider, or None to choose it by the model's name.

        Returns:
            The model. An id that only its provider knows has unknown capabilities.

        Raises:
            UnknownModelError: no such model or provider; near names and the accepted forms are listed.
            InvalidRequestError: no name at all, or one that cannot be a name.
        """
        try:
            return self._resolved[name, provider]
        except (KeyError, TypeError):  # a name of a wrong type is refused below
            pass
        found = self._resolve(name, provider)
        if len(self._resolved) >= MAX_RESOLVED:
            self._resolved.clear()
        self._resolved[name, provider] = found
        return found

    def _resolve(self, name: str | None, provider: str | None) -> Model:
        if provider is not None:
            return self._within(self.provider(provider), name)
        if name is None:
            raise InvalidRequestError("no model is named", hint=self._forms())
        word = _checked(name, "model")
        return self._known(word) or self._of_provider(word) or self._of_family(word) or self._refuse(word)

    def first_with_key(self, available: Callable[[str], bool]) -> Model | None:
        """The default model of the first provider that has a key.

        Args:
            available: says whether the environment variable of this name holds a key.

        Returns:
            The model, or None if no provider with a default model has a key.
        """
        for provider in self._providers.values():
            if provider.default_model and provider.key_variable(available) is not None:
                return self._within(provider, None)
        return None

    def _known(self, name: str) -> Model | None:
        return self._by_name.get(name.lower())

    def _of_provider(self, name: str) -> Model | None:
        """`name` as a provider, or as `provider/model`."""
        head, _, rest = name.partition("/")
        provider = self._provider_words.get(head.lower())
        if provider is None or name.endswith("/"):
            return None
        return self._within(provider, rest or None)

    def _of_family(self, name: str) -> Model | None:
        return _first_match(name, (item for item in self._families if item[0].strip("*")))

    def _within(self, provider: Provider, name: str | None) -> Model:
        if name is None:
            return self._default_of(provider)
        word = _checked(name, "model")
        own = self._by_provider[provider.name]
        bare = self._without_prefix(word, provider)
        found = own.get(word.lower()) or own.get(bare.lower())
        families = (item for item in self._families if item[1].provider == provider.name)
        return found or _first_match(bare, families) or Model(id=bare, provider=provider.name)

    def _without_prefix(self, name: str, provider: Provider) -> str:
        """`name` without a leading `provider/` if that is this very provider: an aggregator's ids have slashes, too."""
        head, _, rest = name.partition("/")
        return rest if rest and self._provider_words.get(head.lower()) is provider else name

    def _default_of(self, provider: Provider) -> Model:
        if not provider.default_model:
            raise InvalidRequestError(
                f"no model is named, and {provider.name} has no default model",
                hint=f'name one: model="{provider.name}/<id>"',
                provider=provider.name,
            )
        return self._within(provider, provider.default_model)

    def _refuse(self, name: str) -> NoReturn:
        head, slash, _ = name.partition("/")
        if slash and head.lower() not in self._provider_words:
            near = _near(head, self._provider_words)
            raise UnknownModelError(f"no provider {_shown(head)} in {_shown(name)}{near}", hint=self._forms())
        raise UnknownModelError(
            f"no model {_shown(name)}{_near(name, (*self._by_name, *self._provider_words))}", hint=self._forms()
        )

    def _forms(self) -> str:
        names = ", ".join(self._providers)
        return f'accepted: a known model, "provider/model", or any id with provider=; providers: {names}'


@functools.cache
def _packaged() -> Registry:
    from importlib import resources  # 10 ms that `import slipstream` need not wait for

    text = resources.files(__package__).joinpath(DATA_FILE).read_text(encoding="utf-8")
    return Registry(*read(text, DATA_FILE, {}, {}))


def _provider_words(providers: Iterable[Provider]) -> dict[str, Provider]:
    """Providers by alias and name; an alias never hides a name."""
    providers = tuple(providers)
    aliases = {alias.lower(): provider for provider in providers for alias in provider.aliases}
    return {**aliases, **{provider.name: provider for provider in providers}}


def _names(models: Iterable[Model]) -> dict[str, Model]:
    """Models by id and alias, in lower case. A later entry wins, so a user's alias can stand before a built-in id."""
    return {name.lower(): model for model in models if model.id for name in (model.id, *model.aliases)}


def _families(models: Iterable[Model]) -> Families:
    """Patterns and their models, the most specific first; of equals, the one that came last."""
    pairs = [(pattern.lower(), model) for model in models for pattern in model.match]
    pairs.reverse()
    return sorted(pairs, key=lambda pair: -len(pair[0].replace("*", "")))


def _first_match(name: str, families: Iterable[tuple[str, Model]]) -> Model | None:
    word = name.lower()
    for pattern, model in families:
        if fnmatchcase(word, pattern):
            return replace(model, id=name, aliases=(), match=())
    return None


def _checked(name: Any, what: str) -> str:
    """The name without white space around it.

    Raises:
        InvalidRequestError: it is no text, empty, or holds control characters.
    """
    if not isinstance(name, str):
        raise InvalidRequestError(f'{what} is a {type(name).__name__}; it takes text, such as "glm-4.7-flash"')
    word = name.strip()
    if not word or any(ord(char) < 32 or ord(char) == 127 for char in word):
        raise InvalidRequestError(f"{what} is empty or holds control characters; it takes a name")
    return word


def _shown(name: str) -> str:
    return repr(name if len(name) <= SHOWN_CHARACTERS else name[:SHOWN_CHARACTERS] + "...")


def _near(name: str, words: Iterable[str]) -> str:
    import difflib  # only a refusal needs it

    near = difflib.get_close_matches(name[:SHOWN_CHARACTERS].lower(), words, n=5, cutoff=0.6)
    return f"; near names: {', '.join(near)}" if near else ""
