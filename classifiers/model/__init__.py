"""The shipped linear model."""
