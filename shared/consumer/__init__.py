"""What reads from Kafka: the runner of projectors and sinks, what it commits and when, and who reads outside of a group."""
