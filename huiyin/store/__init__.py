"""How files that are kept are opened, written and read."""
