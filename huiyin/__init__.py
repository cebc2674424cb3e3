"""The ground under all packages: what has nothing to do with citizens' messages."""
