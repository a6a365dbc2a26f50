"""`twilio-emulator serve` as a process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import httpx


def test_it_says_where_it_is_serves_and_ends_at_ctrl_c() -> None:
    command = [sys.executable, "-c", "from twilio_emulator.cli import main; main()", "serve"]
    options = ["--port", "0", "--number", "+15005550006=http://127.0.0.1:1/voice"]
    account = ["--account-sid", "AC1", "--auth-token", "token"]
    with subprocess.Popen(
        [*command, *options, *account], stdout=subprocess.PIPE, text=True, env={"COLUMNS": "200"}
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127.0.0.1:\d+", process.stdout.readline())
            assert found is not None
            url = f"{found[0]}/2010-04-01/Accounts/AC1.json"
            answer = httpx.get(url, auth=("AC1", "token"), trust_env=False)
            process.send_signal(signal.SIGINT)
            status = process.wait(10)
        finally:
            process.kill()

    assert answer.json()["status"] == "active"
    assert status == 0
