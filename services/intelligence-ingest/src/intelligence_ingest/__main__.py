"""`python -m intelligence_ingest`"""

import sys

from intelligence_ingest.commands import start

if __name__ == "__main__":
    start(sys.argv[1:])
