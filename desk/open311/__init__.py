"""Open311 GeoReport v2, read only: published cases for everybody's programs."""
