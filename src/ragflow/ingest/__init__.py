"""The parts of bulk ingestion that talk to no server: what to send, and what became of it."""
