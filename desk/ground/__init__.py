"""What every feature of the desk stands on. Knows no feature."""
