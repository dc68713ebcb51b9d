"""Decisions: where a request goes, whether it is tried again, how long to wait. Pure: a record in, a decision out."""
