"""OpenAI's Chat Completions shape, which dozens of providers speak with quirks (WIRE sections 2, 6 and 8)."""
