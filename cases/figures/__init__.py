"""The facts of a case that statistics count."""
