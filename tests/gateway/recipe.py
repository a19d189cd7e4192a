"""Runs one recipe of docs/respond.md as a server: `python -m tests.gateway.recipe HEADING NUMBER`; prints its port."""

from __future__ import annotations

import importlib
import re
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PAGE = Path(__file__).resolve().parents[2] / "docs" / "respond.md"


def recipe(heading: str, number: int) -> dict[str, Any]:
    """The names that a block below this heading defines."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    module = ModuleType("recipe")
    sys.modules["recipe"] = module  # where Django looks for its urls
    exec(re.findall(r"```python\n(.*?)```", section, re.S)[number], module.__dict__)
    return module.__dict__


def serve_asgi(app: Any) -> None:
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def serve_wsgi(app: Any) -> None:
    with make_server("127.0.0.1", 0, app, WSGIServer, Quiet) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


def serve_django(names: dict[str, Any], *, is_async: bool) -> None:
    load = importlib.import_module  # Django ships no types
    settings = {"ROOT_URLCONF": "recipe", "ALLOWED_HOSTS": ["*"], "SECRET_KEY": "x" * 50}
    load("django.conf").settings.configure(**settings)
    names["urlpatterns"] = [load("django.urls").path("answer", names["answer"])]
    if is_async:
        serve_asgi(load("django.core.asgi").get_asgi_application())
    else:
        serve_wsgi(load("django.core.wsgi").get_wsgi_application())


def serve_aiohttp(app: Any) -> None:
    from aiohttp import web

    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    web.run_app(app, sock=listening, handler_cancellation=True, print=lambda *_: None)


if __name__ == "__main__":
    heading, number = sys.argv[1], int(sys.argv[2])
    found = recipe(heading, number)
    if heading in ("FastAPI", "Starlette"):
        serve_asgi(found["app"])
    elif heading == "Flask":
        serve_wsgi(found["app"])
    elif heading == "aiohttp":
        serve_aiohttp(found["app"])
    else:
        serve_django(found, is_async=number == 1)
