"""SnowNLP's sentiment, as an engine and as a baseline."""
