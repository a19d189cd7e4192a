"""`slipstream doctor` and `slipstream local`."""

from __future__ import annotations

import socket
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from tests.cli.shell import SOURCE, run
from tests.conftest import Require
from tests.replay_server import ReplayServer

from slipstream import local
from slipstream.cli import doctor
from slipstream.cli.doctor import PACKAGES
from slipstream.cli.reach import reach

ABSENT = {"SLIPSTREAM_LOCAL_MODEL": "/nonexistent/model.gguf"}


def test_doctor_names_keys_and_reaches_providers_and_prints_no_secret(server: ReplayServer) -> None:
    env = {
        "OPENAI_API_KEY": "sk-secret-openai-123", "OPENAI_BASE_URL": server.url,
        "MISTRAL_API_KEY": "secretmistral", "MISTRAL_BASE_URL": "http://127.0.0.1:9",
        "GROQ_API_KEY": "secret with blanks", "HTTPS_PROXY": "http://me:secretpass@proxy.example:3128",
    }  # fmt: skip
    done = run("doctor", env=env)
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "secret" not in text + done.stderr.decode()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    host = server.url.removeprefix("http://")
    assert any(line.startswith(f"ok openai (OPENAI_API_KEY) {host} answers (HTTP 404, ") for line in lines)
    assert any(line.startswith("!! mistral (MISTRAL_API_KEY) 127.0.0.1:9 cannot be reached") for line in lines)
    assert any(line.startswith("!! groq (GROQ_API_KEY) api_key is malformed") for line in lines)
    assert "ok HTTPS_PROXY proxy.example:3128" in lines
    assert any(line.startswith("ok aiohttp 3.") for line in lines)
    assert any(line.startswith("ok default model openai/") for line in lines)
    assert [(request.method, "authorization" in request.headers) for request in server.requests] == [("GET", False)]


def test_every_package_of_an_extra_is_looked_at_under_its_name() -> None:
    settings = tomllib.loads((SOURCE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    left_out = {"all", "test", "dev", "sentences", "otel"}
    extras = {name: needs for name, needs in settings["optional-dependencies"].items() if name not in left_out}
    named = {(need.partition(">=")[0], extra) for extra, needs in extras.items() for need in needs}
    assert {(name, extra) for name, extra in PACKAGES if extra} == named


def test_doctor_says_what_brings_the_servers_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", not_installed)
    found = {finding.name: (finding.state, finding.text) for finding in doctor.packages()}
    for name in ("starlette", "uvicorn", "httptools"):
        assert found[name] == ("no", "not installed: pip install 'slipstream[gateway]'")
    assert found["aiohttp"] == ("bad", "not installed: pip install slipstream")


def not_installed(name: str) -> str:
    raise PackageNotFoundError(name)


def test_doctor_fails_when_nothing_can_be_asked() -> None:
    done = run("doctor", "--no-network", env=ABSENT)
    assert done.returncode == 1
    assert "nothing can be asked" in done.stderr.decode()
    assert "slipstream local install" in done.stdout.decode()


def test_without_network_a_key_counts() -> None:
    done = run("doctor", "--no-network", env={**ABSENT, "OPENAI_API_KEY": "sk-123456789"})
    assert done.returncode == 0
    assert "key is set; api.openai.com was not tried" in done.stdout.decode()


def test_a_server_that_says_nothing_is_given_up_after_the_bound() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (answer,) = reach([f"http://127.0.0.1:{silent.getsockname()[1]}"], bound=0.2)
    assert (answer.status, answer.problem) == (None, "no answer within 0.2 s")


def test_local_status_and_path(tmp_path: Path) -> None:
    model = tmp_path / "tiny.gguf"
    model.write_bytes(b"GGUF" + bytes(20))
    env = {"SLIPSTREAM_LOCAL_MODEL": str(model)}
    assert run("local", "path", env=env).stdout.decode() == f"{model}\n"
    status = run("local", "status", env=env).stdout.decode()
    assert "model    tiny\n" in status
    assert "size     24 bytes\n" in status
    absent = run("local", "status", env=ABSENT)
    assert absent.returncode == 1
    assert "does not exist" in absent.stdout.decode()
    nowhere = run("local", "path", env=ABSENT)
    assert (nowhere.returncode, nowhere.stdout) == (1, b"")
    assert nowhere.stderr.startswith(b"error: the model file that SLIPSTREAM_LOCAL_MODEL names")


def test_the_local_model_answers(require: Require) -> None:
    status = local.status()
    require(status.ready, f"{status.problem}; {status.hint}")
    done = run("chat", "--model", "local", "--max-tokens", "8", "--status", "Say hello.")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert done.stderr.decode().startswith("8 tokens · first ")
