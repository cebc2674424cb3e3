"""The desk: command line, web pages, HTTP API, and the one place that wires it all."""
