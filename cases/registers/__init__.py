"""The rules of what is registered beside cases: rectification, incidents, 问答库, watches."""
