"""What can be typed: the commands, their options and their help.

Each command imports what it runs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from slipstream._version import __version__
from slipstream.cli import options as o
from slipstream.cli.failures import reported
from slipstream.cli.terminal import Terminal

EXAMPLES = """Examples:

slipstream chat "Why is the sky blue?"

git diff | slipstream chat "Write a commit message for this" > message.txt

slipstream chat --model glm-4.7-flash --thinking "17 * 23?"

slipstream chat --model local

slipstream replay --speed 4 answer.jsonl

slipstream bench -n 5 --model openai/gpt-4o-mini --plot tokens.png

slipstream serve --port 8000

slipstream doctor"""

CHAT_EXAMPLES = """Examples:

slipstream chat "Tell me three odd facts"

slipstream chat "Summarise this" < report.txt | tee summary.txt

slipstream chat --render "Compare TCP and UDP in a table" | less -R

slipstream chat --image photo.jpg "What is in this picture?" --model glm-4.6v-flash

slipstream chat --file report.pdf "What does it say about costs?" --model openai/gpt-5.4-mini

slipstream chat --json "Hi" | jq -r 'select(.type == "text-delta").text'

slipstream chat -s "Answer in Chinese." -m zhipu"""

REPLAY_EXAMPLES = """Examples:

slipstream chat --record sky.jsonl "Why is the sky blue?"; slipstream replay sky.jsonl

slipstream replay --speed 4 body.sse

slipstream replay --rate 200 README.md

curl -sN https://... | slipstream replay -"""

app = typer.Typer(
    name="slipstream",
    help="Stream answers of language models: from any provider, or from the small one that comes along.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
local = typer.Typer(help="The embedded model: it needs no key and no network.", no_args_is_help=True)
app.add_typer(local, name="local")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="slipstream")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"slipstream {__version__}\n")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Stream answers of language models: from any provider, or from the small one that comes along."""


@app.command(epilog=CHAT_EXAMPLES)
def chat(
    prompt: Annotated[list[str] | None, typer.Argument(help="The question; none on a terminal: talk.")] = None,
    model: o.Model = None,
    provider: o.Provider = None,
    base_url: o.BaseURL = None,
    key_env: o.KeyEnv = None,
    system: Annotated[
        str | None, typer.Option("--system", "-s", metavar="TEXT", rich_help_panel=o.HOW, help="Instructions.")
    ] = None,
    image: o.Image = None,
    file: o.File = None,
    thinking: Annotated[
        bool | None, typer.Option("--thinking/--no-thinking", rich_help_panel=o.HOW, help="Whether the model thinks.")
    ] = None,
    effort: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", rich_help_panel=o.HOW, help="How hard it thinks: low, medium, high."),
    ] = None,
    temperature: Annotated[float | None, typer.Option(metavar="T", rich_help_panel=o.HOW, help="0 to 2.")] = None,
    max_tokens: o.MaxTokens = None,
    timeout: o.Timeout = None,
    stream: Annotated[
        bool, typer.Option("--stream/--no-stream", rich_help_panel=o.OUTPUT, help="Text as it comes, or at the end.")
    ] = True,
    json: o.JSON = False,
    render: o.Render = None,
    show_thinking: o.ShowThinking = None,
    status: o.Status = None,
    record: Annotated[
        str | None,
        typer.Option(metavar="FILE", rich_help_panel=o.OUTPUT, help="Also keep it in a file, for `slipstream replay`."),
    ] = None,
    debug: o.Debug = False,
) -> None:
    """Ask a question, or talk.

    With a question, or text on standard input, or both: one answer on stdout. With neither: a conversation.
    A terminal shows Markdown as it arrives; a pipe gets the text exactly as the model wrote it.
    """
    from slipstream.cli.answer import Manner
    from slipstream.cli.session import Settings
    from slipstream.cli.start import start_chat

    settings = Settings(
        model=model, provider=provider, base_url=base_url, key_env=key_env, timeout=timeout, temperature=temperature,
        max_tokens=max_tokens, thinking=effort if effort is not None else thinking,
    )  # fmt: skip
    manner = Manner(stream=stream, json=json, render=render, show_thinking=show_thinking, status=status, debug=debug)
    terminal = Terminal()
    with reported(terminal, debug=debug):
        words = " ".join(prompt or ())
        start_chat(
            terminal, settings, manner, words, system=system, pictures=image or (), files=file or (), record=record
        )


@app.command(epilog=REPLAY_EXAMPLES)
def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A recording, or any text; `-` is standard input.")],
    speed: Annotated[
        str, typer.Option(metavar="N", rich_help_panel=o.HOW, help="2 is twice as fast; max waits for nothing.")
    ] = "1",
    rate: Annotated[
        float,
        typer.Option(metavar="TOKENS", rich_help_panel=o.HOW, help="Tokens a second, where a recording has no times."),
    ] = 50,
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", rich_help_panel=o.HOW, help="Of a provider's body, such as anthropic. Default: it is found."
        ),
    ] = None,
    text: Annotated[
        bool | None,
        typer.Option(
            "--text/--no-text",
            rich_help_panel=o.HOW,
            help="The file as it stands. Default: .md, and .txt that is none.",
        ),
    ] = None,
    json: o.JSON = False,
    render: o.Render = None,
    show_thinking: o.ShowThinking = None,
    status: o.Status = None,
    debug: o.Debug = False,
) -> None:
    """Show a recorded stream at its real pace, or faster.

    Recordings of `chat --record`, events of `chat --json`, bodies as providers send them (SSE, NDJSON), and any text.
    """
    from slipstream.cli.answer import Manner
    from slipstream.cli.replay import Settings, play

    settings = Settings(file=file, speed=speed, rate=rate, dialect=dialect, text=text)
    manner = Manner(json=json, render=render, show_thinking=show_thinking, status=status, debug=debug)
    terminal = Terminal()
    with reported(terminal, debug=debug):
        play(terminal, settings, manner)


@app.command()
def bench(
    runs: Annotated[int, typer.Option("-n", "--runs", metavar="N", help="Runs of each kind.")] = 5,
    prompt: Annotated[str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="What is asked.")] = None,
    model: o.Model = None,
    provider: o.Provider = None,
    base_url: o.BaseURL = None,
    key_env: o.KeyEnv = None,
    max_tokens: Annotated[int, typer.Option(metavar="N", help="The most tokens of an answer.")] = 256,
    timeout: o.Timeout = None,
    whole: Annotated[bool, typer.Option("--compare/--no-compare", help="Also without streaming.")] = True,
    warm_up: Annotated[int, typer.Option(metavar="N", min=0, max=10, help="Runs before, not counted.")] = 1,
    picture: Annotated[
        str | None, typer.Option("--plot", metavar="FILE", help="A picture of tokens over time: .png, .svg, .pdf.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="All figures as one JSON document.")] = False,
    debug: o.Debug = False,
) -> None:
    """Measure the same prompt with and without streaming.

    Verdicts: first token under 0.5 s is good, under 1 s slow, else bad; above 50 tokens/s good, above 20 slow; in total
    under 10 s good, under 30 s slow; a cancel under 0.1 s good, under 0.5 s slow. Exit code 1 if a run failed.
    """
    from slipstream.cli.bench import PROMPT, Plan, bench as measure
    from slipstream.cli.session import Settings

    settings = Settings(
        model=model, provider=provider, base_url=base_url, key_env=key_env, timeout=timeout, max_tokens=max_tokens
    )
    plan = Plan(
        prompt=PROMPT if prompt is None else prompt, runs=runs, warm_up=warm_up, whole=whole, plot=picture, json=json,
        debug=debug,
    )  # fmt: skip
    terminal = Terminal()
    with reported(terminal, debug=debug):
        _exit(measure(terminal, settings, plan))


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", rich_help_panel=o.WHERE, help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", rich_help_panel=o.WHERE, help="0 takes a free one.")] = 8000,
    model: o.Model = None,
    provider: o.Provider = None,
    base_url: o.BaseURL = None,
    key_env: o.KeyEnv = None,
    timeout: o.Timeout = None,
    keys: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=o.ALLOWED,
            help="Who may ask: one key a line, or name:key. Default: SLIPSTREAM_KEYS; needed beyond this machine.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            rich_help_panel=o.ALLOWED,
            help="Models that may be named, such as 'zhipu/*'; may be repeated. Default: those there is a key for.",
        ),
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN", rich_help_panel=o.ALLOWED, help="Web pages that may ask; may be repeated. Default: none."
        ),
    ] = None,
    max_request: Annotated[
        float, typer.Option(metavar="MIB", rich_help_panel=o.ALLOWED, help="The largest request.")
    ] = 32,
    drain: Annotated[
        float, typer.Option(metavar="SECONDS", rich_help_panel=o.HOW, help="What answers get when it is stopped.")
    ] = 10,
    log_level: Annotated[
        str, typer.Option(metavar="LEVEL", rich_help_panel=o.OUTPUT, help="debug, info, warning or error.")
    ] = "info",
    debug: o.Debug = False,
) -> None:
    """Answer clients of every API: OpenAI's (both), Anthropic's, Gemini's, Ollama's, the AI SDK's, AG-UI's.

    SIGTERM or Ctrl-C lets running answers end for a while, then ends them; a second one stops at once.
    """
    from slipstream.cli.serve import Settings, run_server

    settings = Settings(
        host=host, port=port, model=model, provider=provider, base_url=base_url, key_env=key_env, timeout=timeout,
        keys=keys, allow=allow or (), cors=cors or (), drain=drain, max_request=max_request, log_level=log_level,
    )  # fmt: skip
    terminal = Terminal()
    with reported(terminal, debug=debug):
        code = run_server(terminal, settings)
    raise typer.Exit(code)


@app.command()
def models(
    text: Annotated[str, typer.Argument(help="A part of the name.")] = "",
    provider: Annotated[str | None, typer.Option(metavar="NAME", help="Only this provider's.")] = None,
    free: Annotated[bool, typer.Option("--free", help="Only those that stream without charge.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    debug: o.Debug = False,
) -> None:
    """List the known models, what they can do, and whose key is set."""
    from slipstream.cli.models import show_models

    terminal = Terminal()
    with reported(terminal, debug=debug):
        _exit(show_models(terminal, text, provider, free=free, json=json))


@app.command()
def doctor(
    network: Annotated[bool, typer.Option("--network/--no-network", help="Try to reach the providers.")] = True,
    debug: o.Debug = False,
) -> None:
    """Look at versions, keys (by name only), the local model, proxies, and who can be reached."""
    from slipstream.cli.doctor import examine

    terminal = Terminal()
    with reported(terminal, debug=debug):
        _exit(examine(terminal, network=network))


@local.command()
def install(debug: o.Debug = False) -> None:
    """Install the model (98 MB) and what runs it, and verify its SHA-256."""
    from slipstream.cli import local as commands

    terminal = Terminal()
    with reported(terminal, debug=debug):
        commands.install(terminal)


@local.command()
def status(debug: o.Debug = False) -> None:
    """Show what is installed. Exit code 1 if the model cannot be used."""
    from slipstream.cli import local as commands

    terminal = Terminal()
    with reported(terminal, debug=debug):
        commands.show_status(terminal)


@local.command()
def path(debug: o.Debug = False) -> None:
    """Print the path of the model's file."""
    from slipstream.cli import local as commands

    terminal = Terminal()
    with reported(terminal, debug=debug):
        commands.show_path(terminal)


def _exit(succeeded: bool) -> None:
    if not succeeded:
        raise typer.Exit(1)
