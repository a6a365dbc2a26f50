"""`python -m dialer`: see `commands.py` for what else it can do."""

import sys

from dialer.commands import obey

if __name__ == "__main__":
    obey(sys.argv[1:])
