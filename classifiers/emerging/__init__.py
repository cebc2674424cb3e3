"""Which messages, put in different words, are the beginning of something."""
