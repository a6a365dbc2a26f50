"""The stack that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from trunkline_cli.testing import RunningStack, StackRunner


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackRunner]:
    """Starts stacks, and stops them when the tests are over."""
    runner = StackRunner(tmp_path_factory.mktemp("stacks"))
    try:
        yield runner
    finally:
        runner.stop_all()


@pytest.fixture(scope="session")
def stack(stacks: StackRunner) -> RunningStack:
    """Two gateways behind the front, two workers."""
    return stacks.start("shared", "--gateways", "2")
