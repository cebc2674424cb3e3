"""What a reply promises, whether it answers, and what must not be in it."""
