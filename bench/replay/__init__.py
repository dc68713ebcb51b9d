"""Recording the answers of a real server, and replaying them so fast that only the client is left to measure."""
