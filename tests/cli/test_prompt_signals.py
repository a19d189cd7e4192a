"""Ctrl-C at the prompt is heard, whenever it comes."""

from __future__ import annotations

import signal
import sys
import threading

import pytest
from tests.cli.shell import Shell

from slipstream.cli.prompt_signals import PromptSignals

CHILD = """
from slipstream.cli.prompt_signals import PromptSignals
import readline
while True:
    try:
        with PromptSignals():
            input("> ")
    except KeyboardInterrupt:
        print("heard", flush=True)
"""
ROUNDS = 200  # without the nudges, about one in 250 is not heard


def test_a_ctrl_c_right_after_a_key_is_heard() -> None:
    with Shell(command=(sys.executable, "-c", CHILD)) as shell:
        for _ in range(ROUNDS):
            shell.expect("> ")
            shell.send("x")
            shell.expect("x")
            shell.interrupt()
            shell.expect("heard")


def test_everything_is_as_before_afterwards() -> None:
    handlers = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGUSR2))
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt), PromptSignals():
        signal.raise_signal(signal.SIGINT)
    with PromptSignals():
        signal.raise_signal(signal.SIGUSR2)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGUSR2)) == handlers
    assert signal.set_wakeup_fd(-1) == -1
    assert threading.active_count() == threads


def test_another_thread_may_not_touch_signals_and_does_not() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def read() -> None:
        with PromptSignals():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert seen == [before]
