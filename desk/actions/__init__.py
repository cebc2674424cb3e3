"""What people read of all that may happen to a case: its word, its form, its sentence."""
