"""What is kept of a case: the item, the commands, the events, the case they make."""
