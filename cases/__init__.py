"""The domain: what a case is, what may happen to it, and by when.

Pure values and functions. Nothing here reads a clock, a file, the environment
or another package of ours.
"""
