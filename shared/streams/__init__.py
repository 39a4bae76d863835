"""What processes events and keeps state: exactly once with transactions, at least once with faust; state in memory from a topic."""
