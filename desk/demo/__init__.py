"""Sample data for a demonstration."""
