"""What every test may ask for; each group of fixtures has its own module."""

pytest_plugins = [
    "tests.fixtures.log_handlers",
    "tests.fixtures.postgres_server",
    "tests.fixtures.stores",
    "tests.fixtures.s3_server",
    "tests.fixtures.mlflow_server",
    "tests.fixtures.running_stack",
    "tests.fixtures.service_process",
]
