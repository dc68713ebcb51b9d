"""Statements: prepared, simple, batch, template strings, and their cache. Knows metadata, protocol and rows."""
