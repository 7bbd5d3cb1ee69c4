# SPDX-License-Identifier: Apache-2.0
"""The words of the decisions and their order."""
LEVELS = ("operational", "degraded", "partial_outage", "major_outage")
RANK = {word: rank for rank, word in enumerate(LEVELS)}
CLASSES = ("service", "poller", "collector", "slo", "self", "flap")
SLO_KINDS = ("fast", "slow", "ticket")
MASS_KEY = "self:mass_silence"
S = 1000                    # milliseconds in a second
MINUTE = 60000


def status_word(level):
    """The word of a level 0..3, or of its absence."""
    return "unknown" if level is None else LEVELS[level]


def hours(n):
    return n * 60           # in minutes
