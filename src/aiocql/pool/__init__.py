"""The connections of one host: what to open or close (pure), and doing it."""
