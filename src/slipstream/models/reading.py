"""From TOML to registry entries; whatever is wrong is refused by file, table and key.

Strategy: an entry is laid over the one it replaces, key by key, so a user who corrects one figure writes one line. Each
key is converted alone, against the type of its field, which is how the message can name it. Values are not repeated in
messages, except the choice of a word: somebody may have put a key where its variable's name belongs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from types import UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, fields, replace

from slipstream.errors import InvalidRequestError, UnknownModelError
from slipstream.models.types import Model, Provider

Entry = TypeVar("Entry", Provider, Model)
ModelKey = tuple[str, str]
"""Provider and id, in lower case; a family without an id has its patterns instead."""

_NUMBER = "a whole number of tokens above 0"
_WORDS = "a list of texts"
_ADDRESS = 'an http(s) address, such as "https://api.example.com/v1"'
_ACCEPTS: Final = {
    "name": "letters, digits, `.`, `_` and `-`",
    "base_url": _ADDRESS,
    "key_page": _ADDRESS,
    "prefill_url": _ADDRESS,
    "regions": "a table of http(s) addresses",
    "keys": "a list of names of environment variables (never a key itself)",
    "key_regions": "a table from variables to names of regions",
    "aliases": _WORDS,
    "match": _WORDS,
    "default_model": "text",
    "id": "text",
    "provider": "text",
    "files": "a list of document, audio, video",
    "efforts": "a list of none, minimal, low, medium, high, xhigh, max",
    "refuses": "a list of name, extra_content, n, seed, stop, temperature, top_p, response_format, tool_choice",
    "key_header": "the name of a header",
    "url_keys": "a list of names of environment variables",
    "url_path": "a path, such as /v1",
    "version": "letters, digits, `.` and `-`",
    "version_keys": "a list of names of environment variables",
    "context": _NUMBER,
    "output": _NUMBER,
}
_KINDS: Final[dict[type, str]] = {str: "text that does not fit", list: "a list", dict: "a table"}

# A wrong word or number is repeated in the message; longer than this it is none.
SHOWN_CHARACTERS = 40


def read(
    text: str, origin: str, providers: Mapping[str, Provider], models: Mapping[ModelKey, Model]
) -> tuple[dict[str, Provider], dict[ModelKey, Model]]:
    """Lay the tables of a TOML text over providers and models.

    Args:
        text: tables `[providers.<name>]` and `[[models]]`.
        origin: where the text comes from, for messages.
        providers, models: what there is already; left as it is.

    Returns:
        All providers and all models, in order: what there was, then what is new.

    Raises:
        InvalidRequestError: not TOML, an unknown key, a value of the wrong type.
        UnknownModelError: a model's provider does not exist.
    """
    document = _parse(text, origin)
    _refuse_unknown(document, ("providers", "models"), origin)
    merged = {**providers, **_read_providers(document.get("providers", {}), origin, providers)}
    return merged, {**models, **_read_models(document.get("models", []), origin, merged, models)}


def _parse(text: str, origin: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise InvalidRequestError(f"{origin}: the registry is a {type(text).__name__}; it takes TOML text")
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))  # editors on Windows write a mark that TOML does not know
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"{origin} is not TOML: {error}") from None


def _refuse_unknown(table: Mapping[str, Any], accepted: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in accepted:
            raise InvalidRequestError(f"{where}: unknown key {key!r}; accepted: {', '.join(accepted)}")


def _read_providers(tables: Any, origin: str, known: Mapping[str, Provider]) -> dict[str, Provider]:
    if not isinstance(tables, dict):
        raise InvalidRequestError(f"{origin}: providers takes tables [providers.<name>]")
    return {name.lower(): _read_provider(name, table, origin, known) for name, table in tables.items()}


def _read_provider(name: str, table: Any, origin: str, known: Mapping[str, Provider]) -> Provider:
    where = f"{origin}: [providers.{name}]"
    given = _table(table, Provider, where, hidden=("name",))
    before = known.get(name.lower())
    if before is None and "base_url" not in given:
        raise InvalidRequestError(f"{where}: base_url is missing; it takes {_ADDRESS}")
    if before is None:
        given.setdefault("key_required", bool(given.get("keys")))
    provider = _entry(Provider, before, {**given, "name": name.lower()}, where)
    _check_regions(provider, where)
    return provider


def _check_regions(provider: Provider, where: str) -> None:
    for variable, region in provider.key_regions.items():
        if region not in provider.regions:
            names = ", ".join(provider.regions) or "none is declared"
            raise InvalidRequestError(f"{where}: key_regions.{variable} names no region; regions: {names}")


def _read_models(
    tables: Any, origin: str, providers: Mapping[str, Provider], known: Mapping[ModelKey, Model]
) -> dict[ModelKey, Model]:
    if not isinstance(tables, list):
        raise InvalidRequestError(f"{origin}: models takes tables [[models]]")
    read: dict[ModelKey, Model] = {}
    for number, table in enumerate(tables, 1):
        where = f"{origin}: [[models]] number {number}"
        given = _table(table, Model, where)
        model = _entry(Model, None, {"id": "", "provider": "", **given}, where)
        model = replace(model, provider=_provider_of(model, providers, where))
        key = _model_key(model)
        if key in read:
            raise InvalidRequestError(f"{where}: {' '.join(key)} stands here twice")
        read[key] = _over(known[key], given, where) if key in known else model
    return read


def _provider_of(model: Model, providers: Mapping[str, Provider], where: str) -> str:
    names = ", ".join(providers)
    if not model.id and not model.match:
        raise InvalidRequestError(f"{where}: id is missing (a family takes match instead)")
    if not model.provider:
        raise InvalidRequestError(f"{where}: provider is missing; providers: {names}")
    if model.provider.lower() not in providers:
        raise UnknownModelError(f"{where}: no provider {model.provider[:SHOWN_CHARACTERS]!r}; providers: {names}")
    return model.provider.lower()


def _model_key(model: Model) -> ModelKey:
    return model.provider, (model.id or " ".join(model.match)).lower()


def _over(before: Model, given: Mapping[str, Any], where: str) -> Model:
    """`given` laid over `before`, which keeps its id in the provider's own case."""
    return _entry(Model, before, {**given, "id": before.id, "provider": before.provider}, where)


def _table(table: Any, kind: type[Struct], where: str, hidden: tuple[str, ...] = ()) -> dict[str, Any]:
    """A copy of the table, once every key is known to be a field."""
    if not isinstance(table, dict):
        raise InvalidRequestError(f"{where} takes a table")
    _refuse_unknown(table, tuple(key for key in kind.__struct_fields__ if key not in hidden), where)
    return dict(table)


def _entry(kind: type[Entry], before: Entry | None, given: dict[str, Any], where: str) -> Entry:
    merged = {**(asdict(before) if before is not None else {}), **given}
    try:
        return msgspec.convert(merged, kind)
    except msgspec.ValidationError:
        raise _wrong_value(kind, given, where) from None


def _wrong_value(kind: type[Struct], given: Mapping[str, Any], where: str) -> InvalidRequestError:
    """The error for the first key whose value does not fit its field."""
    for info in fields(kind):
        if info.name in given and not _fits(given[info.name], info.type):
            return InvalidRequestError(f"{where}: {_problem(info.name, given[info.name], _choices(info.type))}")
    return InvalidRequestError(f"{where} cannot be read")


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _problem(key: str, value: Any, choices: tuple[str, ...]) -> str:
    accepts = f"one of {', '.join(choices)}" if choices else _ACCEPTS.get(key, "true or false")
    harmless = isinstance(value, bool | int | float) or (choices and isinstance(value, str))
    shown = repr(value)[:SHOWN_CHARACTERS] if harmless else _KINDS.get(type(value), "of another type")
    return f"{key} is {shown}; it takes {accepts}"


def _choices(kind: Any) -> tuple[str, ...]:
    """The words of a `Literal`, also inside an optional type."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        return tuple(word for part in get_args(kind) for word in _choices(part))
    return ()
