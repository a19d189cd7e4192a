# make chat    talk to the local model; PROMPT="..." asks that and exits
# make test    lint, types and all tests; ARGS="-k name" goes to pytest
# make bench   the benchmarks, peers side by side
# make lint    ruff and mypy only
# make format  let ruff rewrite the code
# make clean   remove .venv and everything built
#
# Each works on a fresh machine with Python 3.11 or later; PYTHON=/path/to/python3.12 names another than python3.

.POSIX:
# Two installers in one .venv would damage it.
.NOTPARALLEL:
.PHONY: chat test bench lint format clean

BIN = .venv/bin
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check
MODEL = $(BIN)/python -c 'from slipstream.local import install; install(print)'

chat: .venv/.chat
	@sh scripts/chat

test: lint .venv/.peers
	$(BIN)/python -m pytest $(ARGS)

bench: .venv/.dev .venv/.peers .venv/.markdown-peers
	@$(BIN)/python -m benchmarks $(ARGS)

lint: .venv/.dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

format: .venv/.dev
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# The files in .venv say what has been installed into it; a change of the dependencies installs anew.

.venv/.python: scripts/venv
	@sh scripts/venv

.venv/.chat: .venv/.python pyproject.toml
	@echo >&2 "Installing slipstream with its command line and the local model's runtime"
	@$(PIP) --editable '.[cli,gateway,local,speed]'
	@$(MODEL)
	@touch $@

.venv/.dev: .venv/.python pyproject.toml
	@echo >&2 "Installing slipstream with everything its tests need"
	@$(PIP) --editable '.[dev]'
	@$(MODEL)
	@touch $@ .venv/.chat

# What tests and benchmarks run beside us: litellm in an installation of its own, the rest from the system's packages.
.venv/.peers: .venv/.dev tests/clients/litellm.txt
	@echo >&2 "Installing what runs beside us in tests: litellm, nginx, Chromium, tmux"
	@$(BIN)/python -m venv .venv/litellm
	@.venv/litellm/bin/python -m pip install -qq --disable-pip-version-check -r tests/clients/litellm.txt
	@sh scripts/system
	@touch $@

# Renderers that the benchmarks run beside ours; one that is missing is named in the table.
.venv/.markdown-peers: .venv/.dev .venv/.peers benchmarks/peers.txt benchmarks/npm/package-lock.json
	@echo >&2 "Installing the Markdown renderers that the benchmarks run beside ours"
	@$(BIN)/python -m venv .venv/markdown-peers
	@.venv/markdown-peers/bin/python -m pip install -qq --disable-pip-version-check -r benchmarks/peers.txt
	@cd benchmarks/npm && npm ci --no-audit --no-fund --ignore-scripts --silent || echo >&2 "Could not install: streaming-markdown"
	@touch $@
