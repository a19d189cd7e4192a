"""What events become: Markdown blocks, page patches, terminal lines."""

from __future__ import annotations
