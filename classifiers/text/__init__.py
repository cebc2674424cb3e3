"""Text folded to one spelling, and near duplicates."""
