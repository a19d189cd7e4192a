"""How thinking is shown: the same words, refused in the same words, on every screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any, Final, get_args

import pytest

from slipstream.client.show.plain import PlainScreen
from slipstream.errors import InvalidRequestError
from slipstream.sinks.notebook import Notebook
from slipstream.sinks.terminal import Terminal
from slipstream.sinks.thinking_mode import ThinkingMode

SCREENS: Final[dict[str, Callable[..., object]]] = {
    "terminal": partial(Terminal, 80, 24),
    "notebook": Notebook,
    "plain": partial(PlainScreen, StringIO()),
}


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_every_screen_takes_each_mode(screen: Callable[..., object]) -> None:
    for mode in get_args(ThinkingMode):
        screen(thinking=mode)


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
@pytest.mark.parametrize(("given", "said"), [("x", "'x'"), (["fold"], "a list"), (True, "a bool"), (None, "None")])
def test_every_screen_refuses_in_the_same_words(screen: Callable[..., object], given: Any, said: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        screen(thinking=given)
    assert str(refusal.value).startswith(f"thinking: {said}; accepted: fold, show, hide")
    assert refusal.value.argument == "thinking"
