"""`python -m tyreloop.queue`: the worker, as the local stack starts it."""

from tyreloop.commands.worker import worker

if __name__ == "__main__":
    worker()
