"""Installs, upgrades and rolls back on the office's machine. Needs Python's own library only."""
