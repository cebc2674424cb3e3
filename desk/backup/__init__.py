"""备份与恢复: a whole copy of the data folder while the desk runs, and the way back."""
