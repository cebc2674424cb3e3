"""Text in pictures that came with messages: read offline, in a process of its own."""
