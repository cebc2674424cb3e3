"""The doors: everything that reads items from outside."""
