"""The office's words for what happened."""
