"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

WHO = "Who is asked"
WHERE = "Where"
ALLOWED = "What is allowed"
HOW = "How"
OUTPUT = "Output"

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        rich_help_panel=WHO,
        help="A model, or provider/model. Default: SLIPSTREAM_MODEL, the first provider whose key is set, or local.",
    ),
]
Provider = Annotated[
    str | None, typer.Option(metavar="NAME", rich_help_panel=WHO, help="The provider, such as openai or zhipu.")
]
BaseURL = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", rich_help_panel=WHO, help="Another address that speaks OpenAI's API."),
]
KeyEnv = Annotated[
    str | None,
    typer.Option(
        metavar="VARIABLE", rich_help_panel=WHO, help="The variable that holds the key. Default: the provider's own."
    ),
]
MaxTokens = Annotated[int | None, typer.Option(metavar="N", rich_help_panel=HOW, help="The most tokens of an answer.")]
Timeout = Annotated[
    str | None,
    typer.Option(
        metavar="SECONDS",
        rich_help_panel=HOW,
        help="Seconds in total, or by clock: first_output=10,total=60 (also connect, headers, gap, idle).",
    ),
]
Debug = Annotated[bool, typer.Option("--debug", rich_help_panel=OUTPUT, help="Tracebacks, and every figure measured.")]
Image = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", rich_help_panel=HOW, help="A picture, by path or address; may be repeated."),
]
File = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE", rich_help_panel=HOW, help="A document, sound, film or text, likewise; may be repeated."
    ),
]
JSON = Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="Events, one JSON a line.")]
Render = Annotated[
    bool | None,
    typer.Option(
        "--render/--plain",
        rich_help_panel=OUTPUT,
        help="Markdown as it reads, or as the model wrote it. Default: rendered on a terminal, plain in a pipe.",
    ),
]
ShowThinking = Annotated[
    bool | None,
    typer.Option(
        "--show-thinking/--hide-thinking",
        rich_help_panel=OUTPUT,
        help="All of it, or none. Default: folded on a terminal, none in a pipe.",
    ),
]
Status = Annotated[
    bool | None,
    typer.Option(
        "--status/--no-status", rich_help_panel=OUTPUT, help="The line about the wait, and that with figures."
    ),
]
