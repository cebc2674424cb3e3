"""The ground under all packages."""
