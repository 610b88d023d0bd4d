"""Peers as their own documentation sets them up, all with the same weights."""
