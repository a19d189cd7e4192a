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
