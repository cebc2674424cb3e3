"""What each subcommand of `huiyin` does, apart from reading its arguments."""
