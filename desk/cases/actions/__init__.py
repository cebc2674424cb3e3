"""The forms of a case: one for each thing that may be done."""
