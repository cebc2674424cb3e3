"""Deadlines: working days, office hours, clocks and the policy that sets them."""
