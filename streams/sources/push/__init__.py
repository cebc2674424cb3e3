"""Platforms that push: the 12345 hotline and signed webhooks."""
