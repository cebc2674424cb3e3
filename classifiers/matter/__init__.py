"""Which messages are about the same matter."""
