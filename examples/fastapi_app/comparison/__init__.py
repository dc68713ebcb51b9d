"""The same work through three drivers."""
