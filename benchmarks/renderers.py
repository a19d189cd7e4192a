"""The other Markdown renderers on the same answers. Runs in an installation of its own, see `peers.txt`.

python -m benchmarks.renderers NAME ANSWER   prints one line of JSON: what it took, or why it did not run

Strategy: a program that parses the whole answer again at every delta takes many minutes, so those are timed at prefixes
spread evenly over the answer, and the mean is multiplied by the number of deltas; the sum over all prefixes is what an
integral over them says. The re-parse of the last block is timed at every eighth delta. The others run in full.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.answers import DELTA, answer, deltas, single

PREFIXES: Final = 25
EVERY: Final = 8
WIDTH: Final = 80

APPENDS: Final = 100
GROWN: Final = (0, 2_000, 10_000)  # characters of a list that stand in the widget before further ones are timed
TRAPS: Final = (
    "para\n#tag\n\nmore\n\nlast",
    "para\n***bold***\n\nmore\n\nlast",
    "para\n---more\n\nlast",
    "See [docs].\n\nmore\n\n[docs]: https://example.org\n",
    "- one\n- two\n\n  more of two\n\nlast *words*\n",
    "1. one\n2. two\n   - **inner\n     words**\n\n`code\n# in it`\n",
)
"""Where a line's beginning, or a later line, says that what was shown is something else."""


def markdown_it() -> Callable[[str], str]:
    """markdown-it-py with GFM's tables and strikethrough."""
    parser = importlib.import_module("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    render: Callable[[str], str] = parser.render
    return render


def mistune() -> Callable[[str], str]:
    """mistune with tables, strikethrough and task lists."""
    plugins = ["table", "strikethrough", "task_lists"]
    render: Callable[[str], str] = importlib.import_module("mistune").create_markdown(plugins=plugins)
    return render


def commonmark() -> Callable[[str], str]:
    """commonmark.py; it has no tables."""
    render: Callable[[str], str] = importlib.import_module("commonmark").commonmark
    return render


def rich() -> Callable[[str], str]:
    """rich's Markdown on a console of true colour."""
    console, markdown = importlib.import_module("rich.console"), importlib.import_module("rich.markdown")

    def render(text: str) -> str:
        out = io.StringIO()
        terminal = console.Console(file=out, width=WIDTH, force_terminal=True, color_system="truecolor")
        terminal.print(markdown.Markdown(text))
        return out.getvalue()

    return render


WHOLE: Final = {"markdown-it-py": markdown_it, "mistune": mistune, "rich": rich, "commonmark.py": commonmark}


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of a call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def whole(name: str, text: str) -> dict[str, Any]:
    """One parse and render of all the text: the best of three."""
    render = WHOLE[name]()
    return {"cpu": min(cpu(lambda: render(text)) for _ in range(3))}


def reparse(name: str, text: str) -> dict[str, Any]:
    """A parse and render of all the text so far at every delta."""
    render = WHOLE[name]()
    render(text[:1000])
    ends = [len(text) * (2 * part + 1) // (2 * PREFIXES) for part in range(PREFIXES)]
    each = sum(cpu(lambda end=end: render(text[:end])) for end in ends) / PREFIXES  # type: ignore[misc]
    return {"cpu": each * len(deltas(text)), "each": each}


def last_block(text: str) -> dict[str, Any]:
    """A parse of the last block so far at every delta; a block is left behind once a line of the next is complete."""
    render, parser = markdown_it(), importlib.import_module("markdown_it").MarkdownIt("commonmark").enable("table")
    tail, spent, timed = "", 0.0, 0
    parts = deltas(text)
    for number, delta in enumerate(parts):
        tail += delta
        if number % EVERY == 0:
            spent += cpu(lambda tail=tail: render(tail))  # type: ignore[misc]
            timed += 1
        if "\n" in delta:
            starts = [token.map[0] for token in parser.parse(tail) if token.level == 0 and token.map]
            tail = "".join(tail.splitlines(keepends=True)[starts[-1] :]) if starts else tail
    return {"cpu": spent / timed * len(parts)}


def streamdown(text: str) -> dict[str, Any]:
    """streamdown; it reads its input byte by byte, whatever the deltas are."""
    renderer = importlib.import_module("streamdown").Streamdown()
    renderer.setup(width=WIDTH)
    return {"cpu": cpu(lambda: renderer.render(io.BytesIO(text.encode())))}


def termflow(text: str) -> dict[str, Any]:
    """termflow; it takes whole lines, so the deltas are joined to lines as its own program does."""
    package = importlib.import_module("termflow")
    parser = package.Parser()
    renderer = package.Renderer(output=sys.stdout, width=WIDTH, highlighter=package.Highlighter())

    def work() -> None:
        held = ""
        for delta in deltas(text):
            held += delta
            *lines, held = held.split("\n")
            for line in lines:
                renderer.render_all(parser.parse_line(line))
        renderer.render_all(parser.parse_line(held))
        renderer.render_all(parser.finalize())

    return {"cpu": cpu(work)}


async def _screen(text: str, before: int) -> tuple[str, float]:
    """Textual's screen after `before` characters given at once and the rest by deltas, and the CPU seconds a delta."""
    markdown = importlib.import_module("textual.widgets").Markdown()
    app = importlib.import_module("textual.app").App()
    async with app.run_test(size=(WIDTH, 50)) as pilot:
        await app.mount(markdown)
        await markdown.update(text[:before])
        await pilot.pause()
        parts = deltas(text[before:])
        began = time.process_time()
        for delta in parts:
            await markdown.append(delta)
        spent = time.process_time() - began
        await pilot.pause()
        return app.export_screenshot(), spent / max(1, len(parts))


def _wrong(text: str) -> bool:
    """Whether the screen after all deltas is not the one of the whole text."""
    return asyncio.run(_screen(text, 0))[0] != asyncio.run(_screen(text, len(text)))[0]


def textual(text: str) -> dict[str, Any]:
    """Textual's `Markdown.append`: CPU seconds a delta, behind nothing and behind a list; and its final states."""
    each = [asyncio.run(_screen(single("list", size + DELTA * APPENDS), size))[1] for size in GROWN]
    each.append(asyncio.run(_screen(text[: DELTA * APPENDS], 0))[1])
    wrong = [trap for trap in TRAPS if _wrong(trap)]
    return {"least": min(each), "most": max(each), "wrong": len(wrong), "tries": len(TRAPS), "which": wrong}


FULL: Final = {"last-block": last_block, "streamdown": streamdown, "termflow": termflow, "textual": textual}


def run(name: str, text: str) -> dict[str, Any]:
    """Measure one renderer; `reparse-` and `whole-` say what is done with those that know only whole texts."""
    if name in FULL:
        return FULL[name](text)
    how, _, package = name.partition("-")
    return {"reparse": reparse, "whole": whole}[how](package, text)


def main(name: str, which: str) -> None:
    """Run one and print what it took; what the renderer itself prints goes nowhere."""
    out = sys.stdout
    text = answer(which)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        sys.stdout = nowhere
        try:
            found = run(name, text)
        except ImportError as error:
            found = {"missing": str(error)}
        sys.stdout = out
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
