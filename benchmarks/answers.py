"""The answers that the Markdown benchmarks read: one of everything, and four of a single construct.

They are made up from the sentences and templates below by a seeded generator, so each process gets the same ones. The
mixed answer has exactly the size of the one that the bars were set on; what a whole parse of it costs is measured
beside it, so that the bars can be stretched by what differs: this text and this machine.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from typing import Final

DELTA: Final = 4
"""Characters in a delta."""
CHARACTERS: Final = 192_480
BYTES: Final = 200_577

_TAIL: Final = 1_600  # characters that the last paragraph fills up, to the byte

SENTENCES: Final = (
    "The first thing to check is whether the **cache** is warm; a cold one hides every other cost.",
    "A queue between the two halves keeps the slow one from holding up the fast one.",
    "You can read more in the [notes on back pressure](https://example.org/notes/{n}), which also has figures.",
    "Call `flush()` once at the end, and nowhere else.",
    "Most of the time goes into waiting, so adding workers helps until the disk is full.",
    "This is *usually* fine, but with {n} rows it begins to show.",
    "Set `timeout={n}` and look at the log again before changing anything else.",
    "What matters here is the order: what was sent first has to arrive first.",
    "It costs about {n} microseconds a call on an ordinary laptop.",
    "Older versions did this the other way round, which is why the **two results** differ.",
    "There is no harm in measuring it twice.",
    "If the file is missing, `open` raises an error; if it is empty, it does not.",
    "The *simplest* design that could work is a table of {n} entries, filled at the start.",
    "Nobody reads the whole report, so put the answer into the first line.",
    "Both approaches scale, but only the second one can be stopped in the middle.",
    "See [`settings.toml`](./settings.toml) for the names, and keep the defaults unless you have a reason.",
    "Then repeat the step with half the input and compare.",
    "That number, {n}, is the one to remember.",
)
CHINESE: Final = (
    "先看缓存有没有命中，再决定要不要加机器。",
    "这一步**不要省略**，否则后面的结果没有意义。",
    "把 `timeout` 调大之后，问题通常会在第{n}次请求时重新出现。",
    "队列可以让快的一端不必等待慢的一端。",
    "详细的说明在[这份文档](https://example.org/zh/{n})里，建议从第一章读起。",
    "如果只有一台服务器，这样做就*足够*了。",
    "数据写入之前先排好顺序，读取的时候会快很多。",
)
_FILLING: Final = "队列可以让快的一端不必等待慢的一端。先排好顺序再写入，读取的时候会快很多。"  # all of three bytes
TITLES: Final = (
    "How it fits together",
    "What to measure first",
    "Step {n}: move the data",
    "Where `retry` belongs",
    "Common mistakes",
    "A smaller example",
    "常见问题",
    "Limits and defaults",
)
CODE: Final = {
    "python": (
        "def load_{n}(path: str, limit: int = {n}) -> list[dict[str, int]]:",
        '    """Read the rows, at most `limit` of them."""',
        "    rows = []",
        "    with open(path, encoding='utf-8') as source:",
        "        for line in source:  # one row a line",
        "            name, value = line.rstrip().split('\\t')",
        "            rows.append({{'name': name, 'value': int(value) * {n}}})",
        "    return sorted(rows, key=lambda row: row['value'])[:limit]",
        "",
    ),
    "javascript": (
        "export async function fetchPage{n}(url, {{ retries = 3 }} = {{}}) {{",
        "  for (let attempt = 0; attempt < retries; attempt += 1) {{",
        "    const response = await fetch(`${{url}}?page={n}`);",
        "    if (response.ok) return response.json(); // done",
        "    await new Promise((resolve) => setTimeout(resolve, {n} * attempt));",
        "  }}",
        '  throw new Error("no answer after " + retries);',
        "}}",
        "",
    ),
    "sql": (
        "SELECT customer, COUNT(*) AS orders, SUM(total) AS spent",
        "FROM orders_{n}",
        "WHERE placed_at >= '2024-01-01' -- this year only",
        "GROUP BY customer",
        "HAVING SUM(total) > {n}",
        "ORDER BY spent DESC LIMIT 20;",
    ),
    "bash": (
        "set -eu",
        'for file in "$HOME"/logs/{n}/*.log; do',
        '    grep -c "error" "$file" | tee -a counts.txt  # one number a file',
        "done",
    ),
    "json": (
        '{{"name": "job-{n}", "retries": 3, "tags": ["slow", "nightly"],',
        ' "limits": {{"rows": {n}, "seconds": 1.5}}}}',
    ),
    "rust": (
        "pub fn mean_{n}(values: &[f64]) -> Option<f64> {{",
        "    // nothing to divide by",
        "    if values.is_empty() {{ return None; }}",
        "    Some(values.iter().sum::<f64>() / values.len() as f64 + {n}.0)",
        "}}",
        "",
    ),
}  # fmt: skip
CELLS: Final = (
    "`read`",
    "**yes**",
    "no",
    "{n} ms",
    "after the first",
    "1.{n}",
    "*rarely*",
    "[why](#n{n})",
    "缓存",
)


def _number(rng: random.Random, text: str) -> str:
    return text.format(n=rng.randint(2, 999))


def _sentence(rng: random.Random, chinese: float = 0.0) -> str:
    return _number(rng, rng.choice(CHINESE if rng.random() < chinese else SENTENCES))


def _paragraph(rng: random.Random, chinese: float = 0.0) -> str:
    return " ".join(_sentence(rng, chinese) for _ in range(rng.randint(2, 5))) + "\n\n"


def _heading(rng: random.Random) -> str:
    return f"{'#' * rng.choice((2, 2, 3, 3, 4))} {_number(rng, rng.choice(TITLES))}\n\n"


def _item(rng: random.Random, mark: str, indent: str = "") -> str:
    return f"{indent}{mark} {_sentence(rng)}\n"


def _list(rng: random.Random) -> str:
    """A list, of three kinds, some items with items of their own."""
    mark = rng.choice(("-", "1.", "- [x]"))
    out = []
    for _ in range(rng.randint(3, 7)):
        out.append(_item(rng, mark))
        if rng.random() < 0.4:
            out += [_item(rng, "*", "   ") for _ in range(rng.randint(1, 3))]
    return "".join(out) + "\n"


def _row(rng: random.Random, columns: int, cells: tuple[str, ...] = CELLS) -> str:
    return "| " + " | ".join(_number(rng, rng.choice(cells)) for _ in range(columns)) + " |\n"


def _table(rng: random.Random) -> str:
    columns = rng.randint(2, 5)
    head = _row(rng, columns) + "|" + rng.choice(("---|", ":--|", "--:|")) * columns + "\n"
    return head + "".join(_row(rng, columns) for _ in range(rng.randint(4, 12))) + "\n"


def _function(rng: random.Random, language: str) -> str:
    return "".join(_number(rng, line) + "\n" for line in CODE[language])


def _code(rng: random.Random) -> str:
    language = rng.choice(sorted(CODE))
    body = "".join(_function(rng, language) for _ in range(rng.randint(1, 4)))
    return f"```{language}\n{body}```\n\n"


def _quote(rng: random.Random) -> str:
    return "".join(f"> {_sentence(rng)}\n" for _ in range(rng.randint(1, 4))) + "\n"


_SECTIONS: Final[tuple[tuple[Callable[[random.Random], str], int], ...]] = (
    (_paragraph, 6),
    (_heading, 3),
    (_list, 3),
    (_code, 3),
    (_table, 2),
    (_quote, 1),
    (lambda rng: _paragraph(rng, chinese=0.8), 1),
)


def _sections(rng: random.Random) -> Iterator[str]:
    makers = [maker for maker, weight in _SECTIONS for _ in range(weight)]
    while True:
        yield rng.choice(makers)(rng)


def _extra(text: str) -> int:
    """How many bytes a text has beyond its characters."""
    return len(text.encode()) - len(text)


@functools.cache
def mixed() -> str:
    """The answer with everything: 192,480 characters, 200,577 bytes."""
    rng = random.Random(5)
    out: list[str] = []
    room, extra = CHARACTERS - _TAIL, BYTES - CHARACTERS
    for section in _sections(rng):
        if len(section) > room:
            break
        if _extra(section) > extra - 100:  # enough Chinese
            continue
        out.append(section)
        room -= len(section)
        extra -= _extra(section)
    room += _TAIL
    return "".join(out) + _filling(rng, room, extra)


def _filling(rng: random.Random, characters: int, extra: int) -> str:
    """Paragraphs of exactly so many characters, and so many bytes more than that."""
    wide = extra // 2
    text = "é" * (extra % 2) + (_FILLING * (wide // len(_FILLING) + 1))[:wide] + "\n\n"
    while len(text) < characters:
        text += _paragraph(rng)
    return text[: characters - 1].rstrip().ljust(characters - 1, ".") + "\n"


@functools.cache
def single(kind: str, size: int) -> str:
    """An answer of one construct: `prose`, `list`, `table` or `code`; so many bytes of ASCII."""
    rng = random.Random(11)
    ascii_cells = tuple(cell for cell in CELLS if cell.isascii())
    makers: dict[str, tuple[str, Callable[[], str]]] = {
        "prose": ("", lambda: _paragraph(rng)),
        "list": ("", lambda: _item(rng, "-", "  " if rng.random() < 0.2 else "")),
        "table": (_row(rng, 4, ascii_cells) + "|---|:--|--:|---|\n", lambda: _row(rng, 4, ascii_cells)),
        "code": ("```python\n", lambda: _function(rng, "python")),
    }
    first, more = makers[kind]
    out, length = [first], len(first)
    while length < size:
        out.append(more())
        length += len(out[-1])
    return "".join(out)[:size]


def answer(name: str) -> str:
    """An answer by its name: `mixed`, or a construct and its size as in `list:55000`."""
    kind, _, size = name.partition(":")
    return single(kind, int(size)) if size else mixed()


def deltas(text: str) -> list[str]:
    """The text as it arrives."""
    return [text[at : at + DELTA] for at in range(0, len(text), DELTA)]
