"""The peers of `slipstream serve`, each a process: LiteLLM's proxy, nginx, and the barest relays that can be written.

python -m benchmarks.relays {httpx | aiohttp} UPSTREAM PORT
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LITELLM = Path(os.environ.get("SLIPSTREAM_LITELLM", ROOT / ".venv" / "litellm")) / "bin" / "litellm"

LITELLM_CONFIG = """
model_list:
  - model_name: bench
    litellm_params: {{model: openai/bench, api_base: "{upstream}", api_key: sk-bench}}
litellm_settings: {{telemetry: false, num_retries: 0}}
"""

NGINX_CONFIG = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    location /healthz {{ return 200; }}
    location /v1/ {{
      proxy_pass {upstream}/; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }}
  }}
}}
"""


@dataclass
class Relay:
    """A running relay.

    Attributes:
        url: its address; it answers `POST {url}/v1/chat/completions`.
        seconds: how long it took from its start to its first answer.
    """

    url: str
    process: subprocess.Popen[bytes]
    seconds: float

    def pids(self) -> list[int]:
        """The process and all its descendants."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    found += [int(child) for child in children.read_text().split()]
        return found

    def cpu(self) -> float:
        """CPU seconds so far."""
        tick = os.sysconf("SC_CLK_TCK")
        return sum(sum(map(int, _stat(pid)[11:13])) for pid in self.pids()) / tick

    def rss_mb(self) -> float:
        """Memory in use now, in MB."""
        pages = sum(int(_stat(pid)[21]) for pid in self.pids())
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50


Command = Callable[[str, int, Path], tuple[list[str], dict[str, str]]]


def _slipstream(upstream: str, port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
    program = "from slipstream.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--port", str(port), "--model", "openai/bench"]
    return command, {"OPENAI_API_KEY": "sk-bench", "OPENAI_BASE_URL": upstream}


def _litellm(upstream: str, port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
    config = folder / "config.yaml"
    config.write_text(LITELLM_CONFIG.format(upstream=upstream))
    options = ["--config", str(config), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
    key = {"LITELLM_MASTER_KEY": "sk-bench"}
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    repeating = {"REPEATED_STREAMING_CHUNK_LIMIT": "100000"}  # else it ends a stream after 100 equal chunks
    return [str(LITELLM), *options], {**key, **quiet, **repeating}


def _nginx(upstream: str, port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
    config = folder / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(upstream=upstream, port=port, folder=folder))
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(config)], {}


def _bare(name: str) -> Command:
    def command(upstream: str, port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-m", "benchmarks.relays", name, upstream, str(port)], {}

    return command


RELAYS: dict[str, Command] = {
    "slipstream": _slipstream,
    "litellm": _litellm,
    "starlette + httpx": _bare("httpx"),
    "asgi + aiohttp": _bare("aiohttp"),
    "nginx": _nginx,
}


@contextlib.contextmanager
def running(name: str, upstream: str) -> Iterator[Relay]:
    """A relay to this upstream, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as temporary:
        command, environment = RELAYS[name](upstream, port, Path(temporary))
        log = Path(temporary) / "log"
        began = time.perf_counter()
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, process, log)
            yield Relay(url, process, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.perf_counter() + 120
    path = "/health/liveliness" if "litellm" in str(process.args) else "/healthz"
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the relay ended: {log.read_text()[-2000:]}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url + path, timeout=2).close()
            return
        time.sleep(0.01)
    raise RuntimeError(f"the relay did not start: {log.read_text()[-2000:]}")


# ---- the barest relays


def _serve_httpx(upstream: str, port: int) -> None:
    import httpx
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse
    from starlette.routing import Route

    client = httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None))

    async def relay(request: Request) -> Response:
        sent = client.build_request("POST", f"{upstream}/chat/completions", content=await request.body())
        answer = await client.send(sent, stream=True)
        return StreamingResponse(answer.aiter_raw(), media_type="text/event-stream")

    async def health(request: Request) -> Response:
        return Response("ok")

    routes = [Route("/v1/chat/completions", relay, methods=["POST"]), Route("/healthz", health)]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning", access_log=False)


def _serve_aiohttp(upstream: str, port: int) -> None:
    import aiohttp
    import uvicorn

    session: aiohttp.ClientSession | None = None

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal session
        head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
        if scope["path"] == "/healthz":
            await send(head)
            await send({"type": "http.response.body", "body": b"ok"})
            return
        if session is None:
            session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        body = (await receive())["body"]
        async with session.post(f"{upstream}/chat/completions", data=body) as answer:
            await send(head)
            async for piece in answer.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    {"httpx": _serve_httpx, "aiohttp": _serve_aiohttp}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
