"""台账: the table of all cases, searched, filtered, exported."""
