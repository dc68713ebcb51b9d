"""The connections of one node: what to open or close (pure), and doing it. Knows connection and below."""
