"""Our own wire: events as JSON in an event stream, and the neutral request as JSON, both ways."""
