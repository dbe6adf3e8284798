"""The one command and the one-process server; puts the rooms together."""
