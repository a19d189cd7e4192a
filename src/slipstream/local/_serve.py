"""The server's own process: llama.cpp on a loopback port, until standard input ends.

Strategy: run by path, with `python -I -S`, so nothing of the caller's environment is imported. The first line of
standard input is the configuration; it holds the key, which must not stand in an argument list that every user of the
machine can read. One line of JSON goes back: the address, or nothing but an exit code, with the reason on standard
error. Then standard input is the life line: it ends when the parent stops the server or dies, however it dies.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

# 0 is silence, 1 errors, 2 warnings (which tell of each refused key), 3 each request.
_VERBOSITY_ERRORS = 1


def parameters(runtime: Any, config: dict[str, Any]) -> Any:
    """The llama.cpp settings for our configuration; `runtime` is the xllamacpp module."""
    params = runtime.CommonParams()
    params.model.path = config["model"]
    params.model_alias = {config["name"]}  # the answers' `model`; its default is the file's path, which tells too much
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # any free one
    params.api_keys = [config["api_key"]]
    params.cors_origins = "http://127.0.0.1"  # the default lets every web page read the answers
    params.cors_credentials = False
    params.use_jinja = True  # needed for prefill and response_format
    params.n_parallel = config["slots"]
    params.n_ctx = config["slots"] * config["context"]
    params.n_predict = config["answer"]
    params.kv_unified = False  # a shared cache, when full, fails all streams at once; own ones end with "length"
    params.cache_type_k = params.cache_type_v = runtime.ggml_type.GGML_TYPE_Q8_0  # half the memory, 5 % slower
    params.cache_ram_mib = 0  # the default keeps up to 8 GiB of old prompts
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = config["threads"]
    params.n_threads_http = config["http_threads"]
    params.fit_params = False  # measures a GPU's memory; costs 0.2 s of a 0.6 s start
    params.ui = False
    params.verbosity = _VERBOSITY_ERRORS
    return params


def main() -> None:
    """Serve until standard input ends."""
    reply = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # so that nothing llama.cpp prints can pass for our reply
    config = json.loads(sys.stdin.readline())
    sys.path.append(config["folder"])
    runtime = importlib.import_module("xllamacpp")
    server = runtime.Server(parameters(runtime, config))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)  # a log that nobody reads would grow without end
    print(json.dumps({"address": server.listening_address}), file=reply, flush=True)
    sys.stdin.read()
    os._exit(0)  # no clean-up: it would wait for the streams that are still being generated


if __name__ == "__main__":
    main()
