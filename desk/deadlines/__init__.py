"""`huiyin deadline`: when is it due, and why then."""
