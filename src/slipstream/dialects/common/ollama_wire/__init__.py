"""Ollama's own API: NDJSON answers, and its request bodies, both ways (WIRE section 7)."""
