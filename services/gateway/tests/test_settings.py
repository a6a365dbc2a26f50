"""What a gateway makes of its settings where they leave something open."""

import pytest

from gateway.settings import GatewaySettings

KEY = "LS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0="
TOLD = {
    "kafka_bootstrap_servers": "127.0.0.1:9092",
    "public_url": "https://voice.example.com/",
    "ticket_keys": KEY,
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_tokens": "a",
}


@pytest.mark.parametrize(
    ("slots", "told", "reserve"),
    [
        (500, None, 50),
        (501, None, 51),
        (9, None, 1),
        (2, None, 1),
        (1, None, 0),
        (500, 0, 0),
        (500, 500, 500),
    ],
)
def test_a_tenth_of_the_slots_is_kept_for_inbound_calls_unless_told(
    slots: int, told: int | None, reserve: int
) -> None:
    settings = GatewaySettings.model_validate(
        {**TOLD, "gateway_slots": slots, "gateway_inbound_reserve": told}
    )

    assert settings.inbound_reserve == reserve
