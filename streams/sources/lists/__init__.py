"""Lists on web servers that are crawled page by page."""
