"""From a request to a person and a page."""
