"""The fault list as it is played: one scenario for each row that can be real."""

from trunkline_cli.chaos.scenarios.acting import Scenario
from trunkline_cli.chaos.scenarios.callbacks import CALLBACKS
from trunkline_cli.chaos.scenarios.crashes import CRASHES
from trunkline_cli.chaos.scenarios.databases import DATABASES
from trunkline_cli.chaos.scenarios.pauses import PAUSES
from trunkline_cli.chaos.scenarios.provider import PROVIDER
from trunkline_cli.chaos.scenarios.semantics import SEMANTICS

SCENARIOS: tuple[Scenario, ...] = (
    *CRASHES,
    *PAUSES,
    *PROVIDER,
    *CALLBACKS,
    *DATABASES,
    *SEMANTICS,
)
