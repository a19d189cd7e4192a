"""The AI SDK's UI message stream (version 1) and its UI messages (WIRE section 1)."""
