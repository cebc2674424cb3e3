"""Files of cases: what came with them, and what people add."""
