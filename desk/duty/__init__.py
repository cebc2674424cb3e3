"""值班: the roster and the hand-over."""
