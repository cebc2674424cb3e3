"""The tables of the configuration on pages: what counts, changed row by row, tried before."""
