"""Postgres: a class and a .sql a subject."""
