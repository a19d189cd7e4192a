"""How pydantic's models and dataclasses are made without their validation, and what their fields are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import setitem
from typing import Annotated, Any, Final, Literal, get_args

from slipstream.flow.typed.annotations import is_typed_dict, unwrapped
from slipstream.flow.typed.engine import Engine
from slipstream.flow.typed.nodes import Shape, Unchecked
from slipstream.flow.typed.records import Compile, Make, constant, dataclass_maker

_BEFORE: Final = ("before", "wrap", "plain")
"""Validators that see the JSON before its type does: only they know what is accepted."""


def is_opaque(kind: Any) -> bool:
    """True for a class that takes other JSON than its fields say, so that only its own validation can build it."""
    from pydantic import AliasPath, BaseModel

    decorators = kind.__pydantic_decorators__
    if any(each.info.mode in _BEFORE for each in decorators.model_validators.values()) or decorators.root_validators:
        return True
    if getattr(kind, "__pydantic_root_model__", False):
        return True
    if issubclass(kind, BaseModel):
        own = kind.__get_pydantic_core_schema__.__func__
        if own is not BaseModel.__get_pydantic_core_schema__.__func__:  # type: ignore[attr-defined]
            return True
    return any(isinstance(each, AliasPath) for info in _infos(kind).values() for each in _choices(info))


def is_opaque_metadata(metadata: tuple[Any, ...]) -> bool:
    """True if what `Annotated` holds may take other JSON than the type says."""
    return any(not _is_bound(each) for each in metadata)


def _is_bound(metadata: Any) -> bool:
    """True for what only narrows a type, or describes it."""
    from pydantic import AfterValidator, Strict, StringConstraints
    from pydantic.fields import FieldInfo

    kind = type(metadata)
    return (
        isinstance(metadata, (str, FieldInfo, Strict, StringConstraints, AfterValidator))
        or kind.__module__.partition(".")[0] == "annotated_types"
        or kind.__name__ == "_PydanticGeneralMetadata"
    )


def model_shape(kind: Any, engine: Engine, compile_: Compile) -> Shape:
    """A model or a dataclass of pydantic."""
    from pydantic import BaseModel

    infos = _infos(kind)
    late = _validated_before(kind)
    config = _config(kind)
    dropped = Unchecked(kind, engine, kept=False)
    nodes = {name: dropped if name in late or "*" in late else compile_(hint_of(info)) for name, info in infos.items()}
    names = {name: _names(name, info, config) for name, info in infos.items() if info.init is not False}
    defaults = {name: _default(info) for name, info in infos.items()}
    required = [keys for name, keys in names.items() if infos[name].is_required()]
    is_model = issubclass(kind, BaseModel)
    return Shape(
        make=_model_maker(kind, defaults) if is_model else dataclass_maker(kind, defaults),
        put=setitem if is_model else object.__setattr__,
        fields={key: (name, nodes[name]) for name, keys in names.items() for key in keys},
        required=frozenset(keys[0] for keys in required if len(keys) == 1),
        required_any=tuple(keys for keys in required if len(keys) > 1),
        unknown=None if config.get("extra") == "forbid" else dropped,
        note=_note if is_model else None,
    )


def _note(model: Any, name: str) -> None:
    model.__pydantic_fields_set__.add(name)


def _infos(kind: Any) -> dict[str, Any]:
    infos: dict[str, Any] = kind.__pydantic_fields__
    return infos


def _config(kind: Any) -> Mapping[str, Any]:
    config: Mapping[str, Any] = getattr(kind, "model_config", None) or getattr(kind, "__pydantic_config__", None) or {}
    return config


def _validated_before(kind: Any) -> set[str]:
    decorators = kind.__pydantic_decorators__
    found = {
        name for each in decorators.field_validators.values() if each.info.mode in _BEFORE for name in each.info.fields
    }
    return found | {name for each in decorators.validators.values() for name in each.info.fields}


def hint_of(info: Any) -> Any:
    """The hint of a field with all that its definition adds."""
    extra = [*info.metadata]
    if info.discriminator is not None:
        from pydantic import Field

        extra.append(Field(discriminator=info.discriminator))
    hint = info.annotation
    for each in extra:
        hint = Annotated[hint, each]
    return hint


def _choices(info: Any) -> list[Any]:
    alias = info.validation_alias if info.validation_alias is not None else info.alias
    if alias is None:
        return []
    return list(getattr(alias, "choices", None) or [alias])


def _names(name: str, info: Any, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of JSON that a field is taken from."""
    aliases = tuple(each for each in _choices(info) if isinstance(each, str))
    if not aliases or config.get("validate_by_alias") is False:
        return (name,)
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    return (*aliases, name) if by_name else aliases


def _default(info: Any) -> Callable[[], Any]:
    if info.is_required() or info.default_factory_takes_validated_data:
        return constant(None)
    return lambda: info.get_default(call_default_factory=True)


def _model_maker(kind: Any, defaults: Mapping[str, Callable[[], Any]]) -> Make:
    """As `model_construct()` does, but with None for fields that have no default, and without `model_post_init`."""
    extra_allowed = _config(kind).get("extra") == "allow"
    private = kind.__private_attributes__

    def make() -> tuple[Any, Any]:
        made = kind.__new__(kind)
        values = {name: default() for name, default in defaults.items()}
        held = {name: attribute.get_default() for name, attribute in private.items()} if private else None
        object.__setattr__(made, "__dict__", values)
        object.__setattr__(made, "__pydantic_fields_set__", set())
        object.__setattr__(made, "__pydantic_extra__", {} if extra_allowed else None)
        object.__setattr__(made, "__pydantic_private__", held)
        return made, values

    return make


def discriminator_of(metadata: tuple[Any, ...]) -> str | None:
    """The field that tells the members of a union apart, if one does."""
    found = [getattr(each, "discriminator", None) for each in metadata]
    inner = [getattr(each, "discriminator", each) for each in found if each is not None]
    return inner[0] if len(inner) == 1 and isinstance(inner[0], str) else None


def tags_of(kind: Any, discriminator: str) -> tuple[str, tuple[Any, ...]] | None:
    """The key of JSON that holds the tag of a union's member, and its tags; None if that is not plain to see."""
    if is_typed_dict(kind) or not hasattr(kind, "__pydantic_fields__"):
        return None
    info = _infos(kind).get(discriminator)
    if info is None or discriminator in _validated_before(kind):
        return None
    keys = _names(discriminator, info, _config(kind))
    hint = unwrapped(info.annotation)[0]
    tags = get_args(hint) if getattr(hint, "__origin__", None) is Literal else ()
    plain = tags and all(isinstance(tag, (str, int)) and not hasattr(tag, "value") for tag in tags)
    return (keys[0], tags) if plain and len(keys) == 1 else None
