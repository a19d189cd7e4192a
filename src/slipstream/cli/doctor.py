"""`slipstream doctor`: what is installed, which keys are seen, who can be reached. It prints no key."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from slipstream import local
from slipstream._version import __version__
from slipstream.cli import reach
from slipstream.cli.clean import one_line
from slipstream.cli.models import default_model
from slipstream.cli.summary import seconds
from slipstream.cli.terminal import Terminal
from slipstream.client import endpoint as endpoints
from slipstream.errors import SlipstreamError
from slipstream.models import Provider, Registry

PACKAGES: Final[tuple[tuple[str, str], ...]] = (
    ("aiohttp", ""),
    ("msgspec", ""),
    ("typer", "cli"),
    ("rich", "cli"),
    ("pygments", "cli"),
    ("starlette", "gateway"),
    ("uvicorn", "gateway"),
    ("httptools", "gateway"),
    ("uvloop", "speed"),
    ("xllamacpp", "local"),
    ("bpe-openai", "tokens"),
    ("pillow", "pictures"),
    ("matplotlib", "plot"),
)
"""Packages, and the extra each comes with; "" for those the library cannot do without."""

PROXY_VARIABLES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
MARKS: Final = {"ok": ("ok", "green"), "no": ("--", "dim"), "bad": ("!!", "red")}


class Finding(Struct, frozen=True):
    """One line of the report.

    Args:
        state: `ok`, `no` (absent, and not needed) or `bad`.
        name: what was looked at.
        text: what was found.
    """

    state: str
    name: str
    text: str


class Candidate(Struct, frozen=True):
    """A provider to try.

    Args:
        provider: as the registry knows it.
        variable: where its key was seen, or "" if it needs none.
        url: its address.
        problem: why it cannot even be tried, or "".
    """

    provider: Provider
    variable: str
    url: str
    problem: str = ""


def packages() -> list[Finding]:
    """The versions of what we stand on."""
    return [_package(name, extra) for name, extra in PACKAGES]


def _package(name: str, extra: str) -> Finding:
    try:
        return Finding("ok", name, version(name))
    except PackageNotFoundError:
        how = f"pip install 'slipstream[{extra}]'" if extra else "pip install slipstream"
        return Finding("no" if extra else "bad", name, f"not installed: {how}")


def candidates(registry: Registry) -> list[Candidate]:
    """The providers whose key is seen, then the servers that run on this machine and need none."""
    found = []
    for provider in registry.providers():
        if provider.name in endpoints.PLUGINS:
            continue
        seen = endpoints.key_in_environment(provider)
        if seen is not None or (not provider.key_required and _is_here(provider.base_url)):
            found.append(_candidate(registry, provider, seen[0] if seen is not None else ""))
    return sorted(found, key=lambda candidate: not candidate.variable)


def _candidate(registry: Registry, provider: Provider, variable: str) -> Candidate:
    try:
        # the model's name does not matter for the address
        where = endpoints.resolve(registry, model="any", provider=provider.name, base_url=None, api_key=None)
    except SlipstreamError as error:
        return Candidate(provider, variable, "", error.message)
    return Candidate(provider, variable, where.base_url)


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def providers(found: Sequence[Candidate], answers: dict[str, reach.Reach]) -> list[Finding]:
    """What came of trying them. A server on this machine that does not run is no finding."""
    findings = []
    for candidate in found:
        answer = answers.get(candidate.url)
        absent = answer is None or answer.status is None
        if not candidate.variable and absent:
            continue
        findings.append(_provider(candidate, answer))
    return findings or [Finding("no", "keys", "none is set; `slipstream models` lists the variables by provider")]


def _provider(candidate: Candidate, answer: reach.Reach | None) -> Finding:
    name = f"{candidate.provider.name} ({candidate.variable or 'no key needed'})"
    if candidate.problem:
        return Finding("bad", name, candidate.problem)
    host = urlsplit(candidate.url).netloc
    if answer is None:
        return Finding("ok", name, f"key is set; {host} was not tried")
    if answer.status is None:
        said = answer.problem if host in answer.problem else f"{host}: {answer.problem}"
        return Finding("bad", name, said)
    return Finding("ok", name, f"{host} answers (HTTP {answer.status}, {seconds(answer.seconds)})")


def local_model() -> Finding:
    """The embedded model."""
    status = local.status()
    if status.ready:
        size = f", {status.size / 1e6:.0f} MB" if status.size else ""
        return Finding("ok", "local model", f"{status.model}{size}, xllamacpp {status.runtime or '?'}")
    return Finding("no", "local model", f"{status.problem}; {status.hint or ''}")


def proxies() -> list[Finding]:
    """The proxies that the environment names, without their passwords."""
    found = []
    for name in PROXY_VARIABLES:
        value = os.environ.get(name) or os.environ.get(name.lower())
        if value:
            found.append(Finding("ok", name, value if name == "NO_PROXY" else _without_password(value)))
    return found


def _without_password(proxy: str) -> str:
    return proxy.rpartition("@")[2] if "@" in proxy else proxy


def chosen(tried: Sequence[Finding]) -> Finding:
    """Who is asked when nobody is named; bad if its provider was tried in vain."""
    try:
        model = default_model()
    except SlipstreamError as error:
        return Finding("bad", "default model", error.message)
    failed = {finding.name.partition(" ")[0] for finding in tried if finding.state == "bad"}
    if model.provider in failed:
        advice = "mend that, or set SLIPSTREAM_MODEL=local"
        return Finding("bad", "default model", f"{model.name}, whose provider cannot be used; {advice}")
    return Finding("ok", "default model", model.name)


def examine(terminal: Terminal, *, network: bool) -> bool:
    """Look at everything, and print it.

    Args:
        network: False tries no provider.

    Returns:
        True if the default model can be asked, and anything at all: a provider that answers, or the local model.
    """
    found = candidates(endpoints.load_registry(None))
    urls = [candidate.url for candidate in found if candidate.url]
    answers = dict(zip(urls, reach.reach(urls), strict=True)) if network else {}
    tried, model = providers(found, answers), local_model()
    here = Finding("ok", "slipstream", f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    default = chosen(tried)
    sections = (("", [here, *packages()]), ("Providers", tried), ("On this machine", [model, *proxies(), default]))
    for title, findings in sections:
        _print(terminal, title, findings)
    usable = model.state == "ok" or any(finding.state == "ok" for finding in tried)
    if not usable:
        terminal.note("nothing can be asked: set a key, or run `slipstream local install`", "red")
    return usable and default.state == "ok"


def _print(terminal: Terminal, title: str, findings: Sequence[Finding]) -> None:
    out = terminal.out
    if title:
        out.write(f"\n{out.style(title, 'bold')}\n")
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark, style = MARKS[finding.state]
        out.write(f"  {out.style(mark, style)}  {finding.name:<{width}}  {one_line(finding.text)}\n")
