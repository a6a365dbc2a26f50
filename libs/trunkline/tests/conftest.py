"""Assertions of the shared contract explain themselves as those of test files do."""

import pytest

pytest.register_assert_rewrite("trunkline.testing.contract")
