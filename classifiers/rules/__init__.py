"""The rule engine: labels from the word tables."""
