"""Lets these tests import what they share; assertions of the shared contract explain themselves."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out

pytest.register_assert_rewrite("trunkline.testing.contract")
