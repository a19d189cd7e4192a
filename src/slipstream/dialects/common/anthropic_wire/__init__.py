"""Anthropic's Messages API on the wire: what its dialect and its SDK shape share."""
