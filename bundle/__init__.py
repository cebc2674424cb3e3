"""The archive that installs Huiyin without a network: how it is made (`make bundle`).

`installer/` travels in it and runs on the office's machine with nothing but Python's own library.
"""
