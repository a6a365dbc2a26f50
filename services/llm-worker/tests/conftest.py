"""Lets the tests of the worker import what they share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out
