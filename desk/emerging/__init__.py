"""苗头预警: what seems to begin, listed, and what the desk makes of it."""
