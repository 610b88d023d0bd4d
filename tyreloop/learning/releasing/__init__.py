"""Bundles on their way into Production: fetched, checked, examined, moved."""
