"""All examples of CommonMark's specification, whole and character by character."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.sinks.markdown.page import COMMONMARK, to_html

EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.M | re.S)


@pytest.mark.timeout(400)  # the first test that needs npm installs what it has
def test_every_example(npm: Path) -> None:
    text = (npm / "commonmark-spec" / "spec.txt").read_text(encoding="utf-8").replace("→", "\t")
    examples = EXAMPLE.findall(text)
    assert len(examples) == 652
    for markdown, page in examples:
        assert to_html([markdown], **COMMONMARK) == page
        assert to_html(list(markdown), **COMMONMARK) == page
