"""Errors as a person reads them: one line that says what happened, one that says what to do."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from slipstream.cli import INTERRUPTED, drop_output
from slipstream.cli.clean import clean, one_line
from slipstream.cli.terminal import Terminal
from slipstream.client.endpoint import CUSTOM
from slipstream.dialects.common.keys import REPLACEMENT, redact
from slipstream.errors import (
    ConnectionFailedError,
    MissingKeyError,
    SlipstreamError,
    StreamInterruptedError,
    StreamTimeoutError,
    UnknownModelError,
)
from slipstream.models import Registry

SHOWN: Final = "what had arrived is shown above; ask again for the rest"
"""The hint of an answer that broke off after something of it was shown; who shows it sets it."""

# The library's hints speak to a program; these say the same to a person at the command line.
HINTS: Final[dict[type[SlipstreamError], str]] = {
    StreamInterruptedError: "nothing of the answer is shown; ask again",
    UnknownModelError: "`slipstream models` lists the known ones; any other id goes as provider/id",
    ConnectionFailedError: "check the address and the network; `slipstream doctor` tries the providers",
    StreamTimeoutError: "--timeout sets the bounds, such as --timeout first_output=30,total=120",
}
_NO_NAMES: Final = (CUSTOM, "default")  # what stands for the names of an address without any
_LONGEST: Final = 500  # characters of a line: what fits a screen, and the names of all providers


def lines(error: BaseException) -> list[str]:
    """What is printed for an error: what happened, then what to do about it, if anything is known.

    Control characters and anything that looks like a key are taken out.
    """
    if isinstance(error, OSError) and not isinstance(error, SlipstreamError):
        return [_safe(f"the output cannot be written ({error.strerror or error})")]  # a full disk
    if not isinstance(error, SlipstreamError):
        what = f"{type(error).__name__}: {error}"
        return [_safe(f"internal error: {what}"), "please report it, with what --debug prints"]
    hint = _hint(error)
    return [_safe(_told(error)), *([_safe(hint)] if hint else [])]


def _told(error: SlipstreamError) -> str:
    known = (part for part in (error.provider, error.model) if part not in _NO_NAMES)
    where = [part for part in known if part and part not in error.message]
    if error.request_id:
        where.append(f"request {error.request_id}")
    return f"{error.message} ({', '.join(where)})" if where else error.message


def _hint(error: SlipstreamError) -> str | None:
    if isinstance(error, MissingKeyError):
        return _key_hint(error)
    if isinstance(error, ConnectionFailedError) and error.hint:
        return error.hint  # a proxy, a certificate: it knows better
    if isinstance(error, UnknownModelError) and (error.hint or "").startswith("providers: "):
        return error.hint  # a provider alone was named, so that advice about models is none
    if error.hint == SHOWN:
        return SHOWN
    return next((text for kind, text in HINTS.items() if isinstance(error, kind)), error.hint)


def _key_hint(error: MissingKeyError) -> str | None:
    try:
        provider = Registry.default().provider(error.provider or "")
    except SlipstreamError:
        return error.hint  # a provider of the user's own file
    page = f" (get one at {provider.key_page})" if provider.key_page else ""
    return f"export {' or '.join(provider.keys)}{page}, or use --model local, which needs none"


def _safe(text: str) -> str:
    return one_line(_without_keys(text), _LONGEST)


def _without_keys(text: str) -> str:
    """The text without keys, by their form and by their value in the environment."""
    names = {name for provider in Registry.default().providers() for name in provider.keys}
    values = {os.environ.get(name, "").strip() for name in names}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= 6:
            text = text.replace(value, REPLACEMENT)
    return redact(text)


def report(terminal: Terminal, error: BaseException, *, debug: bool = False) -> None:
    """Print an error on stderr; with `debug`, its traceback before it."""
    if debug:
        trace = "".join(traceback.format_exception(error))
        terminal.note(clean(_without_keys(trace)).rstrip())
    first, *rest = lines(error)
    terminal.note(f"error: {first}", "red")
    for line in rest:
        terminal.note(f"  {line}", "dim")


@contextmanager
def reported(terminal: Terminal, *, debug: bool) -> Iterator[None]:
    """Around a command: an error becomes its lines and exit code 1, Ctrl-C 130, a broken pipe a quiet 141."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except KeyboardInterrupt:
        terminal.note("stopped")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        sys.exit(drop_output())
    except Exception as error:
        report(terminal, error, debug=debug)
        if isinstance(error, OSError) and not isinstance(error, SlipstreamError):
            drop_output()  # what is left in the buffer would fail again
        raise typer.Exit(1) from None
