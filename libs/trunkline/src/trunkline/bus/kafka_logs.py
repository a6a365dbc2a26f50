"""Says less of what aiokafka logs: a line per retry and per partition hides what matters."""

import logging
import time

REPEAT_SECONDS = 10.0

# Never below INFO, whatever the root logger says: at DEBUG aiokafka logs keys and values.
LEVELS = {
    "aiokafka": logging.WARNING,
    "aiokafka.cluster": logging.CRITICAL,  # "topic not found": each new topic, for 10-30 ms
    "aiokafka.conn": logging.WARNING,
    "aiokafka.consumer.consumer": logging.WARNING,
    "aiokafka.consumer.fetcher": logging.WARNING,
    # Each rebalance, and the first group of a cluster; a failure reaches our own log.
    "aiokafka.consumer.group_coordinator": logging.CRITICAL,
    "aiokafka.consumer.subscription_state": logging.WARNING,
    "aiokafka.producer.producer": logging.WARNING,
    "aiokafka.producer.sender": logging.ERROR,  # warns of each retry, also on each new topic
}


class _Seldom(logging.Filter):
    """Lets the same message pass once in a while: a broker that is down yields 2,000 of them."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._last.get(record.msg, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        self._last[record.msg] = now  # templates, not texts: as few as aiokafka has log lines
        return True


def quiet_aiokafka() -> None:
    """Set levels and filters; doing it again changes nothing."""
    for name, level in LEVELS.items():
        logger = logging.getLogger(name)
        logger.setLevel(level)
        if not any(isinstance(present, _Seldom) for present in logger.filters):
            logger.addFilter(_Seldom())
