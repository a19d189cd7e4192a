"""The room below the dialects: what several of them share, and no provider's own."""
