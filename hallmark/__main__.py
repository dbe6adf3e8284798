"""`python -m hallmark`: the same as the `hallmark` command."""

from hallmark.cli import main

main()
