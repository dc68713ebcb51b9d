"""Decisions: where a request goes, whether it is tried again, how long to wait. Pure: record in, decision out."""
