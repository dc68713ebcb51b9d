"""The soak: mixed load and random faults on a real cluster, with every answer checked (`make soak`)."""
