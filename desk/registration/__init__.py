"""登记来件: what comes in by hand."""
