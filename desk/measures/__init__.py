"""指标口径: what every figure is called and what it counts, on a page and as a command."""
