"""Runs a program with the official SDK and with ours, and holds what they print and send against each other.

The programs are those of EXAMPLES.md, written as people write them. Only the class they are given differs, as the one
import does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.replay_server import ReplayServer


def printed(program: Callable[..., None], capsys: pytest.CaptureFixture[str], official: Any, ours: Any) -> str:
    """What both print: the same, and something."""
    program(official)
    expected = capsys.readouterr().out
    program(ours)
    out = capsys.readouterr().out
    assert out == expected
    assert out.strip()
    return out


def bodies(server: ReplayServer) -> list[dict[str, Any]]:
    """The bodies that were sent, without the nulls that zai's SDK writes for what was left out."""
    sent = [json.loads(request.body) for request in server.requests]
    return [{name: value for name, value in body.items() if value is not None} for body in sent]


def same_bodies(server: ReplayServer) -> list[dict[str, Any]]:
    """The bodies that were sent: those of the official SDK first, then ours, which are the same."""
    sent = bodies(server)
    half = len(sent) // 2
    assert sent[:half] == sent[half:]
    return sent[half:]
