"""A limit on failed sign-ins: per address, in one worker's memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

FAILURES = 10
SECONDS = 300
ADDRESSES = 10_000


class Throttle:
    """Counts failures; who has too many is told how long to wait.

    Only failures are slowed down: whoever brings a token that is good gets in, whatever others at the same address do.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds."""
        self._clock = clock
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()
        self.failures = 0
        """All failures since the start."""

    def failed(self, address: str) -> int:
        """Note a failure; the seconds to wait before the next is answered, 0 while there are not too many."""
        now = self._clock()
        with self._lock:
            self.failures += 1
            count, since = self._failed.pop(address, (0, now))
            if now - since >= SECONDS:
                count, since = 0, now
            self._failed[address] = count + 1, since
            while len(self._failed) > ADDRESSES:
                self._failed.popitem(last=False)
        return 0 if count < FAILURES else max(1, int(since + SECONDS - now))
