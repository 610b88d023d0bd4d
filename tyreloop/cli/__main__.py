"""`python -m tyreloop.cli`: the `tyreloop` command where it is not on the path."""

from tyreloop.cli import main

main()
