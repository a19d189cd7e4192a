"""`slipstream serve` from its options to the server; the server itself is in tests/gateway and tests/e2e."""

from __future__ import annotations

import sys

import pytest

from slipstream.cli import app


@pytest.mark.parametrize(
    ("absent", "named"), [(["starlette"], "starlette"), (["starlette", "uvicorn"], "starlette and uvicorn")]
)
def test_without_its_packages_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], absent: list[str], named: str
) -> None:
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    assert app.run(["serve", "--port", "0"]) == 1
    assert capsys.readouterr() == ("", f"error: serve needs {named}: pip install 'slipstream[gateway]'\n")
