"""Admission decisions: throttles and queues as bookkeeping. No tasks, no I/O."""
