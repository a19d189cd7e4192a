"""Streams of other SDKs: their items, their failures, and the sources that `wrap()` reads them through."""
