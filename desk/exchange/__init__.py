"""对上交换: messages to the platform above, what became of them, and what it says."""
