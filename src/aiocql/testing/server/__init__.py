"""A server that answers by script: native protocol v3 to v5 in plain Python, without the driver's code."""
