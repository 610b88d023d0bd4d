"""Long work in the background: Celery carries the messages, the rows in Postgres say what is true."""
