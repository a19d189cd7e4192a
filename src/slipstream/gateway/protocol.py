"""uvicorn's HTTP protocol, made to speak HTTP/1.0 to clients that do."""

from __future__ import annotations

from typing import Any


class Unbounded(int):
    """A length that nothing exceeds and nothing is missing from: the end of the connection ends such a body."""

    def __lt__(self, _other: object) -> bool:
        return False

    def __sub__(self, _other: object) -> Unbounded:
        return self

    def __ne__(self, _other: object) -> bool:
        return False

    __hash__ = int.__hash__


def http_protocol() -> Any:
    """The protocol for `uvicorn.Config(http=...)`.

    With httptools, uvicorn sends chunks to HTTP/1.0 clients too (nginx takes them, older clients and load balancers
    show the lengths as content). So the body of such a response is sent as it is, to the end of the connection.
    """
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return "h11"  # which does so itself

    class Protocol(HttpToolsProtocol):
        def on_headers_complete(self) -> None:
            super().on_headers_complete()
            if self.scope.get("http_version") == "1.0" and self.cycle is not None:
                self.cycle.chunked_encoding = False
                self.cycle.expected_content_length = Unbounded()

    return Protocol
