"""What the subcommands of `huiyin` do that belong to no single feature."""
