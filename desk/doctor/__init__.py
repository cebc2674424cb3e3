"""`huiyin doctor`: everything that can be checked before it matters."""
