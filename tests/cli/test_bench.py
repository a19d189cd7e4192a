"""`slipstream bench`: figures, verdicts, the picture."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace
from tests.cli.shell import Shell, run
from tests.cli.wire import answer, whole
from tests.conftest import Require
from tests.replay_server import ReplayServer

from slipstream.cli import plot
from slipstream.cli.bench_runs import Run
from slipstream.cli.bench_table import nearest_rank, row, rows
from slipstream.errors import InvalidRequestError

GOOD, SLOW, BAD = "good", "slow", "bad"


@pytest.mark.parametrize(
    ("figure", "name", "values"),
    [
        ("first", "first token", {0.49: GOOD, 0.5: SLOW, 0.99: SLOW, 1.0: BAD}),
        ("total", "total", {9.9: GOOD, 10.0: SLOW, 29.0: SLOW, 30.0: BAD}),
        ("rate", "rate", {50.1: GOOD, 50.0: SLOW, 20.1: SLOW, 20.0: BAD}),
    ],
)
def test_verdicts_of_a_run(figure: str, name: str, values: dict[float, str]) -> None:
    for value, verdict in values.items():
        run = replace(Run(streaming=True, first=0.1, total=1.0), **{figure: value})
        found = {entry.name: entry for entry in rows([run], [])}
        assert (found[name].median, found[name].verdict) == (value, verdict)


@pytest.mark.parametrize(("seconds", "verdict"), [(0.09, GOOD), (0.1, SLOW), (0.49, SLOW), (0.5, BAD)])
def test_verdict_of_a_cancel(seconds: float, verdict: str) -> None:
    assert [(entry.mode, entry.verdict) for entry in rows([], [seconds])] == [("cancel", verdict)]


def test_the_verdict_is_on_the_median_and_the_bad_tail_of_a_rate_is_the_low_one() -> None:
    rate = row("streaming", "rate", [10, 60, 70, 80, 90], "tokens/s", "tokens_per_second")
    assert (rate.median, rate.p90, rate.p99, rate.min, rate.max, rate.verdict) == (70, 10, 10, 10, 90, GOOD)
    wait = row("streaming", "first", [0.1, 0.2, 0.3, 0.4, 5], "s", "time_to_first_output")
    assert (wait.median, wait.p90, wait.min, wait.max, wait.verdict) == (0.3, 5, 0.1, 5, GOOD)


def test_what_was_not_measured_has_no_row() -> None:
    runs = [Run(streaming=True, first=None, total=1.0), Run(streaming=False, first=2.0, total=2.0)]
    assert [(entry.mode, entry.name) for entry in rows(runs, [])] == [
        ("streaming", "total"), ("whole", "first text"), ("whole", "total"),
    ]  # fmt: skip


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.001, 1))
def test_nearest_rank_is_the_smallest_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = nearest_rank(values, share)
    enough = math.ceil(share * len(values))
    assert found in values
    assert sum(value <= found for value in values) >= enough
    assert sum(value < found for value in values) < enough


def test_the_table_of_a_bench(server: ReplayServer) -> None:
    streamed = answer(["word "] * 8)
    for _ in range(2):  # the first is the warm-up
        server.serve(chunks=streamed, pause=0.08)
    server.serve(body=whole("word"))
    server.serve(chunks=answer(["word "] * 500), pause=0.02)
    done = run("bench", "-n", "1", "--base-url", server.url, "-m", "m", "--max-tokens", "9")
    assert done.returncode == 0, done.stderr
    title, head, *table = done.stdout.decode().splitlines()
    assert title == f"m at {server.url.removeprefix('http://')}, 2 runs, 3-8 tokens"
    assert head.split() == ["median", "p90", "p99", "min", "max", "verdict"]
    assert [line[:25].strip() for line in table] == [
        "streaming  first token", "total", "rate", "gap, median", "gap, 99 %", "gap, longest", "whole      first text",
        "total", "rate", "cancel     until it is cl",
    ]  # fmt: skip
    assert table[-1].split()[-1] in (GOOD, SLOW, BAD)  # a busy machine is slow
    assert [json.loads(request.body).get("stream", False) for request in server.requests] == [True, True, False, True]
    assert {json.loads(request.body)["max_tokens"] for request in server.requests} == {9}


def test_json_and_picture(server: ReplayServer, tmp_path: Path, require: Require) -> None:
    require(importlib.util.find_spec("matplotlib"), "matplotlib is not installed")
    server.serve(chunks=answer(["word "] * 8), pause=0.05)
    done = run(
        "bench", "-n", "2", "--no-compare", "--warm-up", "0", "--json", "--plot", "a.svg", "--base-url", server.url,
        "-p", "why?", cwd=tmp_path,
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert [entry["tokens"] for entry in document["runs"]] == [8, 8]
    assert {entry["name"] for entry in document["summary"]} >= {"first token", "rate"}
    assert done.stderr.decode() == "tokens over time: a.svg\n"
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert len(server.requests) == 3


def test_a_failed_run_is_told_and_the_others_count(server: ReplayServer) -> None:
    good = answer(["word "] * 3)
    server.serve(chunks=good).serve(chunks=good).serve(status=400, body=b'{"error": {"message": "not now"}}')
    server.serve(chunks=good)
    done = run("bench", "-n", "2", "--no-compare", "--base-url", server.url)
    assert done.returncode == 1
    assert b"1 run, 3 tokens" in done.stdout
    assert done.stderr.decode().splitlines()[:2] == ["1 run failed; the last of them:", "error: not now"]


def test_ctrl_c_shows_what_was_measured(server: ReplayServer) -> None:
    server.serve(chunks=answer(["word "] * 3)).serve(chunks=answer(["word "] * 5000), pause=0.05)
    with Shell("bench", "-n", "3", "--no-compare", "--warm-up", "0", "--base-url", server.url) as shell:
        shell.expect("run 2 of 3, streaming")
        shell.interrupt()
        assert shell.wait() == 130
        assert any("1 run, 3 tokens" in line for line in shell.lines)
        assert shell.lines[-1] == "stopped"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-n", "0"], "-n is 0; it takes 1 to 1000"),
        (["--plot", "a.doc"], "it takes a file that ends in .png"),
        (["--plot", "nowhere/a.png"], "there is no folder nowhere"),
    ],
)
def test_a_wrong_plan_is_refused_before_anything_is_asked(arguments: list[str], message: str) -> None:
    done = run("bench", "--base-url", "http://127.0.0.1:9", *arguments)
    assert done.returncode == 1
    assert message in done.stderr.decode()


def test_without_matplotlib_the_plot_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InvalidRequestError, match="matplotlib") as caught:
        plot.check("a.png")
    assert caught.value.hint == "pip install 'slipstream[plot]'"


def test_a_curve_ends_at_the_number_of_tokens() -> None:
    streamed = Run(streaming=True, first=0.5, total=2.0, tokens=6, timeline=[(0.5, 1), (1.0, 2), (1.5, 3)])
    assert plot.curve(streamed) == ([0.0, 0.5, 0.5, 1.0, 1.5, 2.0], [0.0, 0.0, 2.0, 4.0, 6.0, 6.0])
    assert plot.curve(Run(streaming=False, first=2.0, total=2.0, tokens=6)) == ([0.0, 2.0, 2.0], [0.0, 0.0, 6.0])
    assert plot.curve(Run(streaming=True, first=None, total=1.0)) == ([0.0, 1.0, 1.0], [0.0, 0.0, 0.0])
