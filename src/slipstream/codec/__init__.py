"""Bytes to frames and back."""
from __future__ import annotations
