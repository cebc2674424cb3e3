"""设置: an empty home becomes an office, in the browser or on the command line."""
