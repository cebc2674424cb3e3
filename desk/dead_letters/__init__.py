"""死信: another try, or the end of it."""
