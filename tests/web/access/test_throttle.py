from __future__ import annotations

from bgml.web.access.throttle import ADDRESSES, FAILURES, SECONDS, Throttle


def test_failures_are_slowed_down_until_their_time_is_over():
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    assert [throttle.failed("1.2.3.4") for _ in range(FAILURES)] == [0] * FAILURES
    assert throttle.failed("1.2.3.4") == SECONDS
    assert throttle.failed("1.2.3.5") == 0
    now[0] = SECONDS
    assert throttle.failed("1.2.3.4") == 0


def test_memory_is_bounded():
    throttle = Throttle(lambda: 0.0)
    for number in range(ADDRESSES + 50):
        throttle.failed(str(number))
    assert len(throttle._failed) == ADDRESSES
    assert throttle.failures == ADDRESSES + 50
