"""Text in, labels with evidence out."""
