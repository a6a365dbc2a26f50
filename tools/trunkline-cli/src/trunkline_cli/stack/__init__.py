"""The local stack: a real Kafka and a real PostgreSQL on this machine, without containers."""
