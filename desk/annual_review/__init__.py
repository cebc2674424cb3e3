"""年度自查: what to look at once a year, with its figures, signed by an administrator."""
