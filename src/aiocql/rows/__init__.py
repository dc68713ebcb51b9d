"""Rows, and the decoders that create them. Knows protocol and types."""
