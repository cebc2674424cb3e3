"""What every door shares: the contract, its configuration, its secrets, its health."""
