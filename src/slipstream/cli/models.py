"""`slipstream models`: what the registry knows, and which keys are seen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from rich.table import Table

from slipstream.cli.clean import clean
from slipstream.cli.tables import print_table
from slipstream.cli.terminal import Terminal
from slipstream.client import endpoint as endpoints
from slipstream.models import Model, Provider, Registry

MISSING: Final = "missing"
_ANSWERS: Final = {True: "yes", False: "no", None: "?"}


def show_models(terminal: Terminal, text: str, provider: str | None, *, free: bool, json: bool) -> bool:
    """Print the models that fit.

    Args:
        text: a part of the name, in any case; "" fits all.
        provider: only this one's.
        free: only those that stream without charge.
        json: one document instead of a table.

    Returns:
        True if any fits.

    Raises:
        UnknownModelError: no such provider.
    """
    registry = endpoints.load_registry(None)
    found = select(registry, text, provider, free=free)
    if json:
        entries = [entry(model, registry.provider(model.provider)) for model in found]
        terminal.out.write(msgspec.json.encode(entries).decode("utf-8") + "\n")
    elif found:
        print_table(terminal, table(found, registry))
        terminal.note("context and answer in tokens; ? is unknown, and then tried. Any other id: provider/id")
    else:
        terminal.note(nothing_found(registry, provider), "yellow")
    return bool(found)


def select(registry: Registry, text: str, provider: str | None, *, free: bool) -> list[Model]:
    """The models that fit, in the registry's order."""
    wanted = registry.provider(provider).name if provider is not None else None
    return [
        model
        for model in registry.models()
        if (wanted is None or model.provider == wanted)
        and (model.free or not free)
        and any(text.lower() in name.lower() for name in (model.name, *model.aliases))
    ]


def nothing_found(registry: Registry, provider: str | None) -> str:
    """What to say when no model fits: of a provider whose models are not listed, how to name one, and its key."""
    known = registry.provider(provider) if provider is not None else None
    if known is None or any(model.provider == known.name for model in registry.models()):
        return "no model fits; `slipstream models` lists all of them"
    where = f"; its key is looked for in {' and '.join(known.keys)}" if known.keys else ""
    return f"no model of {known.name} is listed; any id goes as {known.name}/id{where}"


def key_state(provider: Provider) -> str:
    """Which key is seen, by the name of its variable, or that it is missing. Never its value."""
    found = endpoints.key_in_environment(provider)
    if found is not None:
        return found[0]
    return MISSING if provider.key_required else "not needed"


def told_key(provider: Provider) -> str:
    """The same for a person, in a narrow column: a missing key by the variables that may hold it."""
    state = key_state(provider)
    return f"no {' or '.join(provider.keys)}" if state == MISSING and provider.keys else state


def entry(model: Model, provider: Provider) -> dict[str, Any]:
    """A model as plain data."""
    return {
        "name": model.name,
        "provider": model.provider,
        "id": model.id,
        "aliases": model.aliases,
        "context": model.context,
        "output": model.output,
        "thinking": model.thinking,
        "vision": model.vision,
        "tools": model.tools,
        "free": model.free,
        "dialect": provider.dialect,
        "key": key_state(provider),
        "key_variables": provider.keys,
    }


def table(models: Sequence[Model], registry: Registry) -> Table:
    """The models as a table for a terminal."""
    result = Table(box=None, pad_edge=False)
    result.add_column("model", no_wrap=True, style="bold")
    for name in ("context", "answer"):
        result.add_column(name, justify="right")
    for name in ("thinking", "images", "tools", "free", "key"):
        result.add_column(name)
    for model in models:
        provider = registry.provider(model.provider)
        result.add_row(
            clean(model.name),
            _limit(model.context),
            _limit(model.output),
            model.thinking or "?",
            _ANSWERS[model.vision],
            _ANSWERS[model.tools],
            "free" if model.free else "",
            told_key(provider),
        )
    return result


def _limit(tokens: int | None) -> str:
    return "?" if tokens is None else str(tokens)


def default_model() -> Model:
    """The model that is asked when none is named.

    Raises:
        UnknownModelError: SLIPSTREAM_MODEL names none.
    """
    return endpoints.choose_model(endpoints.load_registry(None), os.environ.get("SLIPSTREAM_MODEL"), None)
