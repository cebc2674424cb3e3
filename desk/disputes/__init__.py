"""派单异议: what units asked to give back, and how right each rule dispatches."""
