"""热点与共性问题: what several people write about, named so that a person knows it."""
