"""Who is asked, and how: the settings of a command, the client they make, and the questions put to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from slipstream.client import Client, Stream, endpoint as endpoints, files, images
from slipstream.client.endpoint import Endpoint
from slipstream.dialects.common.request import ChatMessage, Part, TextPart
from slipstream.errors import InvalidRequestError, UnknownModelError
from slipstream.events import Message
from slipstream.run.timeouts import CLOCKS, parse

Turn = ChatMessage | Message
"""A question, or the answer to one."""

TIMEOUT_FORMS: Final = f"seconds in total, or clocks such as first_output=10,total=60 ({', '.join(CLOCKS)})"


class Settings(Struct, frozen=True, kw_only=True):
    """What the options of a command say about the request; None leaves it to the library or the provider.

    Args:
        model, provider, base_url: who is asked.
        key_env: the environment variable that holds the key; None takes the provider's own. The key itself is no
            option, because every user of the machine can read a command line.
        timeout: as `TIMEOUT_FORMS` says.
        thinking: True, False, or an effort such as `low`.
        temperature, max_tokens: sampling.
    """

    model: str | None = None
    provider: str | None = None
    base_url: str | None = None
    key_env: str | None = None
    timeout: str | None = None
    thinking: bool | str | None = None
    temperature: float | None = None
    max_tokens: int | None = None

    def options(self) -> dict[str, Any]:
        """The options of a call."""
        given = {"thinking": self.thinking, "temperature": self.temperature, "max_tokens": self.max_tokens}
        return {name: value for name, value in given.items() if value is not None}


class Session:
    """A client and the model it asks.

    Raises:
        InvalidRequestError: a setting is wrong.
        MissingKeyError: the provider needs a key and none was found. Better now than after a question was typed.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.endpoint = find_endpoint(settings)
        self._client = make_client(settings)

    @property
    def name(self) -> str:
        """The model, as people write it; of an address without a name, its host."""
        model, host = self.endpoint.model, urlsplit(self.endpoint.base_url).netloc
        if model.provider != endpoints.CUSTOM:
            return model.name
        return f"{model.id} at {host}" if self.settings.model else host

    def stream(self, turns: Sequence[Turn], system: str | None = None) -> Stream:
        """Ask; the answer comes as it is made."""
        return self._client.stream(messages=list(turns), system=system or None, **self.settings.options())

    def complete(self, turns: Sequence[Turn], system: str | None = None) -> Message:
        """Ask; the answer comes whole."""
        return self._client.complete(messages=list(turns), system=system or None, **self.settings.options())

    def change(self, **settings: Any) -> None:
        """Change settings; if they do not work, nothing changes and the error is raised."""
        settings_now = replace(self.settings, **settings)
        endpoint, client = find_endpoint(settings_now), make_client(settings_now)
        self._client.close()
        self.settings, self.endpoint, self._client = settings_now, endpoint, client

    def change_model(self, name: str) -> None:
        """Ask another model: one of any provider, or else any id that the provider asked so far may serve."""
        if self.settings.base_url is not None:
            self.change(model=name)
            return
        try:
            self.change(model=name, provider=None)
        except UnknownModelError:
            self.change(model=name, provider=self.endpoint.provider.name)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def find_endpoint(settings: Settings) -> Endpoint:
    """The endpoint that these settings mean; see `client.endpoint.resolve` for what it refuses."""
    return endpoints.resolve(
        endpoints.load_registry(None),
        model=settings.model,
        provider=settings.provider,
        base_url=settings.base_url,
        api_key=key(settings.key_env),
    )


def make_client(settings: Settings) -> Client:
    """The client that these settings mean."""
    return Client(
        model=settings.model,
        provider=settings.provider,
        base_url=settings.base_url,
        api_key=key(settings.key_env),
        timeout=parse_timeout(settings.timeout),
    )


def key(variable: str | None) -> str | None:
    """The key in this environment variable, or None if none is named.

    Raises:
        InvalidRequestError: it is named and not set.
    """
    if variable is None:
        return None
    value = os.environ.get(variable, "").strip()
    if not value:
        raise InvalidRequestError("--key-env names a variable that is not set", hint="it takes the name, not the key")
    return value


def parse_timeout(text: str | None) -> float | dict[str, float | None] | None:
    """What `--timeout` means.

    Raises:
        InvalidRequestError: no number, or no such clock.
    """
    if text is None:
        return None
    timeout = _seconds(text) if "=" not in text else dict(map(_clock, text.split(",")))
    parse(timeout)
    return timeout


def _clock(text: str) -> tuple[str, float | None]:
    name, _, seconds = text.partition("=")
    return name.strip(), None if seconds.strip() == "none" else _seconds(seconds)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidRequestError(f"timeout is {text.strip()!r}; it takes {TIMEOUT_FORMS}") from None


def question(text: str, pictures: Sequence[str] = (), attached: Sequence[str] = ()) -> ChatMessage:
    """The user's message; pictures and files stand before the text, where models expect them.

    Args:
        text: what is asked; with pictures or files it may be empty.
        pictures, attached: paths or addresses, of pictures and of any files.

    Raises:
        InvalidRequestError: no such file, no picture, or no file that can be sent.
    """
    parts: list[Part] = [images.load(picture, number)[0] for number, picture in enumerate(pictures)]
    parts += [files.load(file, number) for number, file in enumerate(attached)]
    return ChatMessage("user", [*parts, *([TextPart(text)] if text or not parts else [])])


def text_of(turn: Turn) -> str:
    """The text of a turn."""
    if isinstance(turn, Message):
        return turn.text or turn.refusal
    return "\n".join(part.text for part in turn.parts if isinstance(part, TextPart))
