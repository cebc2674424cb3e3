"""Who may use the desk: accounts, passwords, sessions, tokens."""
