"""The life of one request: routing, sending, retries, speculation, throttling. Knows neither session nor cluster."""
