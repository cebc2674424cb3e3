"""Which unit a message belongs to, and why."""
