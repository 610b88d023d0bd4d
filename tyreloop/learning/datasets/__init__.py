"""Folders of photos with labels: imported, split once, never mixed up again."""
