"""The limits: each is a positive number, is documented, and keeps its promise to its neighbours."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from slipstream.codec import limits

NAMES = [name for name in vars(limits) if name.isupper()]


def test_each_has_a_reason() -> None:
    source = Path(limits.__file__).read_text()
    assert NAMES
    for name in NAMES:
        assert re.search(rf'^{name} = [^\n]+\n"""[^"]{{80,}}"""$', source, re.MULTILINE), name
        assert getattr(limits, name) > 0


def test_they_fit() -> None:
    assert 10_000_000 < limits.MAX_EVENT_BYTES < 100_000_000
    assert limits.MAX_JSON_DEPTH * 3 < 1000  # three frames a level, as copy.deepcopy takes them
    assert sys.int_info.default_max_str_digits >= limits.MAX_JSON_NUMBER
