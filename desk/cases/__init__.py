"""事项: one case and everything a person does to it."""
