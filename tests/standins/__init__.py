"""Servers on loopback that speak like the real sources and misbehave on demand."""
