"""Reading from networks safely: addresses, pacing, character sets, HTML, JSON."""
