from tests.tasks.conftest import tools

__all__ = ["tools"]
