"""Single values as sources write them: cells, times, loose JSON."""
