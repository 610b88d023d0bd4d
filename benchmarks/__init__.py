"""Measures the service: against the limit of this machine, and against peers with the same weights."""
