"""What speaks OpenAI's Responses API: the decoder of its streams, and its request bodies."""
