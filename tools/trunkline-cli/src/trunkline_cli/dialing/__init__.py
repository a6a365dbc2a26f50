"""Talking to the dialer's API from the command line: `client.py` asks, the others show."""
