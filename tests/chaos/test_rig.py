"""The rig and the oracle together, on a dialer that is known to be wrong."""

import random
import sys
from pathlib import Path

from trunkline_cli.chaos.gather import gather
from trunkline_cli.chaos.oracle import double_dials, judge
from trunkline_cli.chaos.rig import RigOptions, open_rig
from trunkline_cli.chaos.seeding import Wanted
from trunkline_cli.chaos.settle import settled
from trunkline_cli.chaos.stage import Stage
from twilio_emulator.rest import Fault

TOY = [sys.executable, str(Path(__file__).parent / "toy_dialer.py")]


async def test_the_oracle_sees_through_a_dialer_that_asks_again(tmp_path: Path) -> None:
    options = RigOptions(tmp_path, dialers=2, workers=0, command=TOY, subaccounts=1, cps=100.0)
    async with open_rig(options) as rig:
        stage = Stage(rig, 1, rig.identities.accounts[1:], random.Random(1))
        await stage.open()
        rig.twilio.inject(Fault(kind="error_placed", count=3))
        await stage.run(Wanted(numbers=stage.people(20)))
        await settled([stage], within=60)
        await rig.twilio.settle()
        evidence = await gather(stage)
    verdicts = {verdict.promise: verdict for verdict in judge(evidence)}

    assert double_dials(evidence) == 3
    assert not verdicts["I1"].held
    assert not verdicts["I2"].held
    assert not verdicts["I7"].held
    assert verdicts["I3"].held
