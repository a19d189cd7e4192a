"""The stages of `slipstream.flow` as methods of a stream; the signatures are those of the factories.

Each returns the stream, so that they chain: `stream.deadlines(gap=5).sentences().smooth()`. All raise
`StreamClosedError` once the stream has started, and `InvalidRequestError` for a wrong argument, by name.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal, Self

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.flow.stage import Stage


class StageMethods:
    """What every stream offers beside its lenses."""

    _max_tokens: int | None

    def _with(self, make: Callable[[], Stage]) -> Self:
        raise NotImplementedError

    def _at_end(self, call: Callable[[], object]) -> None:
        raise NotImplementedError

    def buffer(self, size: int | None = None, seconds: float | None = None) -> Self:
        """Let text go in pieces of so many characters, or after so many seconds; see `flow.buffer`."""
        return self._with(partial(flow.buffer, size, seconds))

    def sentences(
        self,
        min_length: int = 1,
        max_length: int | None = None,
        seconds: float | None = None,
        engine: flow.EngineName = "auto",
        language: str | None = None,
    ) -> Self:
        """Let text go sentence by sentence; see `flow.sentences`."""
        return self._with(partial(flow.sentences, min_length, max_length, seconds, engine, language))

    def lines(self, seconds: float | None = None) -> Self:
        """Let text go line by line; see `flow.lines`."""
        return self._with(partial(flow.lines, seconds))

    def words(self, seconds: float | None = None) -> Self:
        """Let text go word by word; see `flow.words`."""
        return self._with(partial(flow.words, seconds))

    def smooth(
        self,
        rate: float | None = None,
        delay: float | None = None,
        by: flow.Unit = "grapheme",
        max_lag: float = 1.0,
        at_end: Literal["flush", "drain"] = "flush",
    ) -> Self:
        """Let text flow evenly, as from a typewriter; see `flow.smooth`."""
        return self._with(partial(flow.smooth, rate, delay, by, max_lag, at_end))

    def deadlines(
        self,
        first_output: float | None = None,
        gap: float | None = None,
        idle: float | None = None,
        total: float | None = None,
        on_expire: Callable[[str, float], Any] | None = None,
    ) -> Self:
        """End the stream when a bound is passed, in seconds; see `flow.deadlines`."""
        return self._with(partial(flow.deadlines, first_output, gap, idle, total, on_expire))

    def stop_on(self, text: str | Iterable[str], include: bool = False) -> Self:
        """End the answer at a text; see `flow.stop_on`."""
        texts = tuple(text) if isinstance(text, Iterable) and not isinstance(text, str) else text
        return self._with(partial(flow.stop_on, texts, include))

    def on(self, event_type: flow.EventType | Iterable[flow.EventType], callback: Callable[[Any], Any]) -> Self:
        """Call a function, sync or async, for each event of these types; see `flow.on`."""
        return self._with(partial(flow.on, event_type, callback))

    def progress(self, max_tokens: int | None = None) -> Self:
        """Tell what the model is doing, and how much of `max_tokens` has come; see `flow.progress`.

        Args:
            max_tokens: the bound; None takes that of the request.
        """
        return self._with(partial(flow.progress, self._max_tokens if max_tokens is None else max_tokens))

    def limit(
        self,
        characters: int | None = None,
        tokens: int | None = None,
        count: flow.Count | None = None,
        thinking: bool = False,
    ) -> Self:
        """End the answer when it is so long; see `flow.limit`."""
        return self._with(partial(flow.limit, characters, tokens, count, thinking))

    def detect_loop(
        self, repeats: int = 3, min_length: int = 400, window: int = 4096, on_loop: flow.OnLoop = "stop"
    ) -> Self:
        """Notice when the model repeats itself; see `flow.detect_loop`."""
        return self._with(partial(flow.detect_loop, repeats, min_length, window, on_loop))

    def guard(self, words: Any = None, patterns: Any = None, pii: Any = None, **options: Any) -> Self:
        """Let nothing forbidden leave.

        Args:
            words: forbidden words, or a mapping of categories to them; or ready `flow.GuardRules`.
            patterns: forbidden regular expressions, or a mapping of names to them.
            pii: True, or names of ready patterns: `email`, `phone`, `id_card`, `bank_card`, `iban`, `ip`, `key`.
            options: `check`, `mode`, `on_match`, `mask` and the others of `flow.guard`.
        """
        for name in options:
            if name not in inspect.signature(flow.guard).parameters:
                raise InvalidRequestError(f"guard has no argument {name!r}; see flow.guard")
        return self._with(partial(flow.guard, words, patterns, pii, **options))

    def think_tags(self, expect_think: bool = False) -> Self:
        """Take `<think>...</think>` out of the text; see `flow.think_tags`."""
        return self._with(partial(flow.think_tags, expect_think))

    def transform(
        self, function: flow.Function, types: flow.EventType | Iterable[flow.EventType] | None = None
    ) -> Self:
        """Pass each event through a function; see `flow.transform`."""
        return self._with(partial(flow.transform, function, types))

    def record(self, to: Any) -> Self:
        """Keep what passes, with its times; see `flow.record` and `flow.recorded`.

        Args:
            to: the path of a file that is written anew and closed at the end, an open text file, or a list.

        Raises:
            InvalidRequestError: the file cannot be opened.
        """
        if not isinstance(to, (str, os.PathLike)):
            return self._with(partial(flow.record, to))
        return self._with(lambda: flow.record(self._opened_file(to)))

    def _opened_file(self, path: str | os.PathLike[str]) -> Any:
        try:
            file = open(path, "w", encoding="utf-8")  # noqa: SIM115 - it is open as long as the stream
        except OSError as error:
            raise InvalidRequestError(
                f"record: the file {os.fspath(path)!r} cannot be opened ({error.strerror})"
            ) from None
        self._at_end(file.close)
        return file
