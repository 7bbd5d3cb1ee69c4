# SPDX-License-Identifier: Apache-2.0
"""What the engine remembers. Times are milliseconds of the engine clock, levels 0..3, None where there is none."""
from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(slots=True)
class Source:
    service: str
    id: str
    stype: str = "vendor"
    collector: str | None = None
    every: int = 0              # seconds
    boot: int | None = None     # of the last accepted observation, as the next three
    seq: int | None = None
    ot: int | None = None
    said: tuple | None = None   # (result, status)
    status: int | None = None   # of the last ok
    last_any: int = 0
    last_ok: int | None = None
    fail_streak: int = 0
    ok_streak: int = 0
    broken: bool = False        # P1: broken, whether or not it is silent as well
    poller: str = "ok"
    not_ok_since: int | None = None
    hold_until: int | None = None       # K6

    @property
    def key(self):
        return f"poller:{self.service}/{self.id}"

    def stale_ms(self, p):
        return max(p.stale_after_s, 3 * self.every) * 1000


@dataclass(slots=True)
class Ladder:
    since: int
    counts: dict = field(default_factory=dict)      # by source

    @property
    def n(self):
        return max(self.counts.values(), default=0)


@dataclass(slots=True)
class Manual:
    level: int | None           # None: unknown
    by: str | None
    until: int | None


@dataclass(slots=True)
class Aggregate:
    since: int
    owed: bool = True
    told: tuple | None = None   # D3: (most critical tier, worst level) of the last settle or payment


@dataclass(slots=True)
class Burn:
    """One of the three SLO alerts of a service."""
    open: bool = False
    resets: int = 0
    recur: int = 0
    closed: int | None = None               # last closing
    closed_announced: int | None = None     # last closing of an announced alert


class History:
    """S1: what was known, with which weight. Sums over any window of whole minutes equal the sums of its minutes."""

    def __init__(self):
        self.starts, self.rows = [], []     # a row: [end, weight, known, raw, bad before its start]

    def add(self, start, end, weight):
        if self.rows and self.rows[-1][0] == start and self.rows[-1][1] == weight:
            self.rows[-1][0] = end
            return
        sums = self.until(start)
        self.starts.append(start)
        self.rows.append([end, weight, *sums])

    def until(self, t):
        """(known, raw, bad) before t: ms, ms, ms times per mille."""
        i = bisect_right(self.starts, t) - 1
        if i < 0:
            return 0, 0, 0
        end, weight, known, raw, bad = self.rows[i]
        ms = min(t, end) - self.starts[i]
        return known + ms, raw + (ms if weight > 0 else 0), bad + ms * weight

    def window(self, first, last):
        """The sums of the minutes [first, last)."""
        a, b = self.until(first * 60000), self.until(last * 60000)
        return b[0] - a[0], b[1] - a[1], b[2] - a[2]


class Service:
    def __init__(self, cfg):
        self.cfg = cfg
        self.id = cfg.id
        self.sources = {}
        self.e = None                       # effective
        self.h = None                       # hard
        self.unknown_since = None           # None too while never known
        self.last_known = None              # F7: E when it was last known
        self.worse = {1: None, 2: None, 3: None}
        self.better = {0: None, 1: None, 2: None}
        self.ring = []                      # newest first
        self.round = set()                  # F1: sources heard in the current round
        self.ring_mark = False
        self.slow_mark = False
        self.flap_via = None
        self.flap_channels = None           # where the start of the current flapping was sent
        self.flap_sent = None               # when a flap_start was last sent
        self.debt = 0                       # ms, three for each bad one
        self.stretches = 0
        self.manual = None
        self.bad_since = None
        self.since = None                   # I4
        self.incident = None                # number of the last one it entered
        self.recur = 0
        self.aggregate = None
        self.burns = {"fast": Burn(), "slow": Burn(), "ticket": Burn()}
        self.history = History()

    @property
    def p(self):
        return self.cfg.p

    @property
    def key(self):
        return f"service:{self.id}"

    @property
    def rank(self):
        return self.h or 0

    @property
    def flapping(self):
        return self.ring_mark or self.slow_mark

    def reset_ladders(self):
        self.worse = {1: None, 2: None, 3: None}
        self.better = {0: None, 1: None, 2: None}

    def clear_debt(self):
        self.debt = self.stretches = 0


@dataclass(slots=True)
class Collector:
    id: str
    last_seen: int
    state: str = "ok"
    since: int = 0              # of the state
    hold_until: int | None = None       # K4

    @property
    def key(self):
        return f"collector:{self.id}"


@dataclass(slots=True)
class Ack:
    by: str
    level: int
    until: int | None
    sticky: bool


@dataclass(slots=True)
class Alert:
    key: str
    cls: str
    subject: object             # Service, Source, Collector; (Service, kind) for slo; None for self
    told: int = 0
    last_sent: int | None = None
    channels: list = field(default_factory=list)    # all it ever used, in the order of first use
    escalates: int = 0
    ack: Ack | None = None
    remind_now: bool = False                        # A3: one reminder at this settle
    held: dict = field(default_factory=dict)        # N5: last suppression by kind: (level, reason, by)
    was_dependent: bool = False                     # D5
    grace_until: int | None = None
    grace_given: bool = False
    held_since: int | None = None                   # D6


@dataclass(slots=True)
class Window:
    id: str
    services: list
    start: int
    end: int
    origin: str
    slo_exclude: bool
    active: bool = False

    def holds(self, now):
        return self.start <= now < self.end


@dataclass(slots=True)
class Incident:
    number: int
    members: list
    last_join: int
    resolved: int | None = None

    @property
    def id(self):
        return f"inc-{self.number}"
