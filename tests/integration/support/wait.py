# SPDX-License-Identifier: Apache-2.0
"""Waiting is for a condition, with a bound; never for luck."""
import time


def until(condition, seconds=20.0, what="the condition"):
    """Returns the first true value of condition(); fails when there is none in time. An exception counts as "not yet"."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except Exception as fault:  # pylint: disable=broad-except
            last = fault
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {seconds} s; last: {last!r}")
        time.sleep(0.02)


def stays(condition, seconds, what="the condition"):
    """Fails as soon as condition() is false within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"{what} did not hold"
        time.sleep(0.05)
