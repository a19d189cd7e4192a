"""Typed objects that grow with the JSON they are made of (see `partial` and `elements`)."""
