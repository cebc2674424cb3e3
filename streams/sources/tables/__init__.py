"""Files of rows: Excel, CSV, text, watched folders."""
