"""The engine: the only clocks, sockets and tasks of the library."""
