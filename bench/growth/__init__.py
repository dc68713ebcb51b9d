"""How the cost of a request grows with what there is: `make bench-growth`."""
