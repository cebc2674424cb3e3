"""Where everything is put together: command line, servers, background work."""
