"""管理: how the machinery is doing, and who may do what."""
