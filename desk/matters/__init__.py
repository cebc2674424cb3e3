"""同一事项: the page of a matter, and 并单一并答复, one text for many citizens."""
