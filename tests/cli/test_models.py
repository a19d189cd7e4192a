"""`slipstream models`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.shell import Shell, run

from slipstream.cli.models import select
from slipstream.models import Registry

NOTHING_FITS = b"no model fits; `slipstream models` lists all of them\n"


def test_the_table_says_whose_key_is_set_and_never_the_key() -> None:
    done = run("models", "flash", "--free", env={"ZAI_API_KEY": "id.very-secret"})
    lines = done.stdout.decode().splitlines()
    assert lines[0].split() == ["model", "context", "answer", "thinking", "images", "tools", "free", "key"]
    row = next(line for line in lines if line.startswith("zhipu/glm-4.7-flash "))
    assert row.split() == ["zhipu/glm-4.7-flash", "204800", "131072", "switchable", "no", "yes", "free", "ZAI_API_KEY"]
    missing = run("models", "flash", "--free").stdout.decode()
    assert "free  no ZHIPUAI_API_KEY or ZAI_API_KEY\n" in missing
    assert b"very-secret" not in done.stdout + done.stderr
    assert all("free" in line for line in lines[1:])


def test_json() -> None:
    entries = json.loads(run("models", "--provider", "local", "--json").stdout)
    assert {(entry["provider"], entry["key"]) for entry in entries} == {("local", "not needed")}
    for env, state in (({}, "missing"), ({"GOOGLE_API_KEY": "secret"}, "GOOGLE_API_KEY")):
        (first, *_) = json.loads(run("models", "--provider", "gemini", "--json", env=env).stdout)
        assert (first["key"], first["key_variables"]) == (state, ["GEMINI_API_KEY", "GOOGLE_API_KEY"])


def test_nothing_fits_and_no_such_provider() -> None:
    nothing = run("models", "no-model-has-this-name")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, b"", NOTHING_FITS)
    wrong = run("models", "--provider", "opanai")
    assert wrong.returncode == 1
    first, hint = wrong.stderr.decode().splitlines()
    assert first == "error: no provider 'opanai'; near names: openai"
    assert hint.startswith("  providers: openai, zhipu, ")
    assert hint.endswith(", local"), "all of them"


def test_a_provider_without_listed_models_says_how_to_name_one() -> None:
    done = run("models", "--provider", "together")
    assert (done.returncode, done.stdout) == (1, b"")
    said = "no model of together is listed; any id goes as together/id; its key is looked for in TOGETHER_API_KEY\n"
    assert done.stderr.decode() == said
    assert run("models", "x", "--provider", "openai").stderr == NOTHING_FITS


def test_the_users_own_models_are_listed_and_made_harmless(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text('[[models]]\nid = "mine-\u009b2J"\nprovider = "openai"\n', encoding="utf-8")
    with Shell("models", "mine", env={"SLIPSTREAM_MODELS": str(path)}) as shell:
        assert shell.wait() == 0
        assert "\x9b".encode() not in shell.raw
        assert shell.lines[1].startswith("openai/mine-\ufffd2J")


def test_filters() -> None:
    registry = Registry.default()
    assert select(registry, "", None, free=False) == list(registry.models())
    assert {model.provider for model in select(registry, "", "glm", free=False)} == {"zhipu"}
    assert all(model.free for model in select(registry, "", None, free=True))
    assert [model.id for model in select(registry, "GLM-4.7-FLASH", "zhipu", free=True)] == ["glm-4.7-flash"]
