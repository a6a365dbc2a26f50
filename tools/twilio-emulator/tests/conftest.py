"""What the tests of calls share: a plan for the reference server, and ways to talk."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out
