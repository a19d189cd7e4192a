"""What an answer cites, as a list at its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from slipstream.events import Source
from slipstream.sinks.html.options import REFUSED, Rules
from slipstream.sinks.html.safety import escape, href

_TITLE: Final = 200  # characters: a title is a line, not the page that it is of


def sources_html(sources: Iterable[Source], rules: Rules) -> str:
    """A section with a list of links; "" if there are no sources.

    Args:
        sources: those with the same address and title count once.
        rules: which schemes links have; a source of another one, or without an address, is its title alone.
    """
    items = {(source.url, source.title): _item(source, rules) for source in sources}
    if not items:
        return ""
    return f'<section class="sources">\n<p>Sources</p>\n<ol>\n{"".join(items.values())}</ol>\n</section>\n'


def _item(source: Source, rules: Rules) -> str:
    title = escape(" ".join((source.title or source.url or source.id).split())[:_TITLE])
    url = rules.link(source.url)
    if url == REFUSED or not source.url:
        return f"<li>{title}</li>\n"
    rel = f' rel="{rules.rel}"' if rules.rel else ""
    return f'<li><a href="{href(url)}"{rel}>{title}</a></li>\n'
