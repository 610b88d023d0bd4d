"""Carries out what people ordered: Celery carries the messages, the rows in Postgres say what is true."""
