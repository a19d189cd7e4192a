"""`dialects.get`: by name, one object, and nothing loaded that was not asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from slipstream import dialects
from slipstream.dialects.common.face import Decoder, Dialect
from slipstream.errors import UnknownModelError


@pytest.mark.parametrize("name", dialects.names())
def test_every_name_gives_its_dialect_with_the_whole_face(name: str) -> None:
    dialect = dialects.get(name)
    assert isinstance(dialect, Dialect)
    assert dialect.name == name
    assert dialects.get(name) is dialect
    assert isinstance(dialect.decoder(), Decoder)


def test_the_dialects_there_are() -> None:
    assert set(dialects.names()) >= {"openai_chat", "zhipu", "anthropic"}


@pytest.mark.parametrize(
    ("name", "hint"), [("openai-chat", "openai_chat"), ("zipu", "zhipu"), ("xyzzy", None), ("", None)]
)
def test_an_unknown_name_is_refused_with_those_there_are(name: str, hint: str | None) -> None:
    with pytest.raises(UnknownModelError) as caught:
        dialects.get(name)
    assert all(known in caught.value.message for known in dialects.names())
    assert (hint in str(caught.value.hint)) if hint else caught.value.hint is None


def test_what_is_no_name_is_refused() -> None:
    with pytest.raises(UnknownModelError):
        dialects.get(None)  # type: ignore[arg-type]


def test_one_dialect_does_not_load_the_others() -> None:
    code = (
        "import sys; from slipstream import dialects; dialects.names(); "
        "before = {m for m in sys.modules if m.startswith('slipstream.dialects.')}; dialects.get('zhipu'); "
        "print(sorted(m for m in sys.modules if m.startswith('slipstream.dialects.') and m.count('.') == 2), before)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "slipstream.dialects.zhipu" in shown
    assert "openai_chat" not in shown
    assert "anthropic" not in shown
