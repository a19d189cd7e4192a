"""What many tests need: the real local model, the recorded corpora, and skipping that CI does not forgive."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from slipstream.local import Endpoint

Require = Callable[[object, str], None]

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
NPM = Path(__file__).resolve().parent / "clients" / "npm"

# A busy machine is no fault of what is tested: no example, and no drawing of examples, has a bound in wall time. The
# rest is inherited, which under CI=true means examples that are the same at every run. Decorators inherit this.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def _require(condition: object, reason: str) -> None:
    if condition:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"needed in CI: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def require() -> Require:
    """`require(condition, reason)` skips the test if the condition is false, and fails it where CI=true."""
    return _require


@pytest.fixture(scope="session")
def corpora(require: Require) -> Path:
    """The folder of recorded streams, beside the repository."""
    require(CORPORA.is_dir(), f"the recorded streams are not at {CORPORA}")
    return CORPORA


@pytest.fixture(scope="session")
def npm(require: Require) -> Path:
    """The folder of the npm packages, installed as the lock file says: clients, and CommonMark's specification."""
    require(shutil.which("npm"), "npm and Node (20 or later) are not installed")
    modules = NPM / "node_modules"
    installed = modules / ".package-lock.json"
    lock = NPM / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=NPM, check=True, capture_output=True, timeout=300)
    return modules


@pytest.fixture(scope="session")
def local_endpoint(require: Require) -> Iterator[Endpoint]:
    """The local model, started once for the whole run: a real provider in three dialects."""
    from slipstream import local
    from slipstream.local.settings import THREADS_VARIABLE

    status = local.status()
    require(status.ready, f"{status.problem}; {status.hint}")
    # Two threads on two cores are four times slower than one while anything else runs; tests want a steady model.
    os.environ.setdefault(THREADS_VARIABLE, "1")
    yield local.endpoint()
    local.stop()
