# SPDX-License-Identifier: Apache-2.0
"""The configuration: parameters with their defaults and ranges, services, routes, evidence areas; every fault a ConfigError."""
import json
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace

from .words import CLASSES, LEVELS, RANK, SLO_KINDS

SAFE = 2**53 - 1
COMBINE = ("worst", "agree", "vendor", "probe")
COMPUTED_AREAS = ("incidents", "monitoring")


class ConfigError(Exception):
    """What is wrong with a configuration, in one sentence."""


@dataclass(frozen=True)
class Param:
    default: object
    ranges: tuple = ()          # of (lowest, highest), both allowed; whole numbers unless places is set
    star: bool = False          # may be given by tier and by service
    places: int = 0             # decimal places; the value is kept times 10**places
    words: tuple = ()           # an enumeration
    shipped_tier: tuple = ()    # of (tier, value)


def whole(default, *ranges, star=False, shipped_tier=()):
    return Param(default, ranges, star, shipped_tier=shipped_tier)


def star(default, *ranges, shipped_tier=()):
    return whole(default, *ranges, star=True, shipped_tier=shipped_tier)


def flag(default):
    return Param(default, star=True)


DAY, WEEK, MONTH = 86400, 604800, 2592000
PARAMS = {
    "confirm_polls": star(3, (1, 100)),
    "min_dwell_s": star(600, (0, DAY)),
    "recovery_polls": star(2, (1, 100)),
    "recovery_dwell_s": star(0, (0, DAY)),
    "escalate_polls": star(-1, (-1, -1), (1, 100)),
    "escalate_dwell_s": star(-1, (-1, DAY)),
    "major_dwell_s": star(-1, (-1, DAY), shipped_tier=((1, 90),)),
    "improve_dwell_s": star(600, (0, DAY)),
    "notify_improve": flag(True),
    "stale_after_s": star(300, (10, WEEK)),
    "late_after_s": whole(120, (0, WEEK)),
    "future_skew_s": whole(120, (0, WEEK)),
    "unknown_reset_s": star(900, (0, WEEK)),
    "combine": Param("worst", star=True, words=COMBINE),
    "quorum": star(0, (0, 1000)),
    "poller_failure_threshold": star(3, (1, 100)),
    "poller_recovery_threshold": star(2, (1, 100)),
    "collector_silent_s": whole(120, (5, DAY)),
    "collector_hold_s": whole(30, (0, 3600)),
    "mass_silence_pct": whole(50, (1, 100)),
    "mass_silence_min": whole(3, (1, 100000)),
    "mass_silence_cap": whole(50, (1, 100000)),
    "blind_pct": whole(50, (1, 100)),
    "blind_min": whole(3, (1, 100000)),
    "poller_hold_s": whole(90, (0, 3600)),
    "flap_enabled": flag(True),
    "flap_high_pct": star(30, (1, 100)),
    "flap_low_pct": star(20, (1, 100)),
    "flap_bad_s": star(600, (0, DAY)),
    "dedup_window_s": star(86400, (60, MONTH)),
    "reminders": flag(True),
    "ack_ttl_s": whole(86400, (0, MONTH)),
    "manual_ttl_s": star(43200, (0, MONTH)),
    "reopen_window_s": whole(1800, (0, DAY)),
    "recur_limit": star(3, (1, 100)),
    "recur_dwell_s": star(1800, (0, DAY)),
    "correlation_threshold": whole(3, (1, 1000)),
    "correlation_window_s": whole(900, (0, DAY)),
    "correlation_hold_s": whole(60, (0, 3600)),
    "dependency_grace_s": whole(300, (0, DAY)),
    "maint_end_grace_s": whole(300, (0, DAY)),
    "slo_enabled": flag(False),
    "slo_target": Param(999000, ((900000, 999900),), True, places=4),
    "slo_eval_s": whole(300, (1, 3600)),
    "slo_fast": Param(14400, ((1, 1000000),), places=3),
    "slo_slow": Param(6000, ((1, 1000000),), places=3),
    "slo_ticket": Param(1000, ((1, 1000000),), places=3),
    "slo_min_bad_s": star(180, (0, DAY)),
    "slo_min_coverage_pct": star(50, (1, 100)),
    "slo_reset_evals": star(2, (1, 100)),
    "weight_degraded": star(0, (0, 1000)),
    "weight_partial": star(300, (0, 1000)),
    "weight_major": star(1000, (0, 1000)),
}

# R1, row by row.
BUILT_IN_ROUTES = [
    {"class": ["poller", "collector", "self"], "channels": ["ops"]},
    {"class": "slo", "slo": "fast", "channels": ["page", "chat"]},
    {"class": "slo", "slo": "slow", "channels": ["chat"]},
    {"class": "slo", "slo": "ticket", "channels": ["ticket"]},
    {"class": ["service", "flap"], "tier": 1, "min_level": "partial_outage", "channels": ["page", "chat"]},
    {"class": ["service", "flap"], "tier": 2, "min_level": "major_outage", "channels": ["page", "chat"]},
    {"class": ["service", "flap"], "tier": 3, "max_level": "degraded", "channels": []},
    {"class": ["service", "flap"], "channels": ["chat"]},
]
BUILT_IN_AREAS = [
    {"area": "backup", "required": True, "weight": 3, "fresh_s": 93600, "expire_s": 259200},
    {"area": "restore_test", "required": True, "weight": 3, "fresh_s": 2592000, "expire_s": 7776000},
    {"area": "smoke_test", "required": True, "weight": 2, "fresh_s": 86400, "expire_s": 604800},
    {"area": "incidents", "required": True, "weight": 2},
    {"area": "monitoring", "required": False, "weight": 1},
    {"area": "security", "required": False, "weight": 1, "fresh_s": 7776000, "expire_s": 15552000},
    {"area": "documentation", "required": False, "weight": 1, "fresh_s": 7776000, "expire_s": 15552000},
]


def need(condition, words):
    if not condition:
        raise ConfigError(words)


def is_whole(value):
    return type(value) is int and -SAFE <= value <= SAFE


def is_text(value):
    return type(value) is str


def only_keys(where, given, allowed):
    need(type(given) is dict, f"{where}: expected a mapping")
    for key in given:
        need(key in allowed, f"{where}: unknown key {key!r}")


def read_param(where, name, value):
    """The value as the engine keeps it, or a ConfigError."""
    param = PARAMS[name]
    if type(param.default) is bool:
        need(type(value) is bool, f"{where}.{name}: expected true or false")
        return value
    if param.words:
        need(value in param.words, f"{where}.{name}: expected one of {', '.join(param.words)}")
        return value
    if param.places:
        need(type(value) in (int, float, Decimal), f"{where}.{name}: expected a number")
        scaled = Decimal(str(value)).scaleb(param.places)
        need(scaled == scaled.to_integral_value(), f"{where}.{name}: at most {param.places} decimal places")
        value = int(scaled)
    need(is_whole(value), f"{where}.{name}: expected a whole number")
    need(any(low <= value <= high for low, high in param.ranges), f"{where}.{name}: {value} is out of range")
    return value


class ServiceConfig:
    def __init__(self, given):
        only_keys("service", given, {"id", "name", "tier", "depends_on"} | {n for n, p in PARAMS.items() if p.star})
        need(is_text(given.get("id")) and given["id"], "service: expected an id")
        self.id = given["id"]
        self.tier = given.get("tier", 2)
        need(is_whole(self.tier) and 1 <= self.tier <= 3, f"{self.id}.tier: expected 1 to 3")
        need(is_text(given.get("name", "")), f"{self.id}.name: expected a text")
        self.depends_on = given.get("depends_on", [])
        need(type(self.depends_on) is list and all(map(is_text, self.depends_on)), f"{self.id}.depends_on: expected ids")
        self.own = {name: read_param(self.id, name, given[name]) for name in PARAMS if name in given}
        self.reach = frozenset()        # all it stands on, over any number of steps; itself only in a cycle
        self.dependents = []            # all that reach it, itself excluded (B1)
        self.p = SimpleNamespace()      # the effective parameters


class Config:
    def __init__(self, given):
        only_keys("configuration", given, {"engine", "services", "routes", "evidence"})
        self.read_engine(given.get("engine", {}))
        self.read_services(given.get("services", []))
        self.routes = read_routes(given.get("routes", BUILT_IN_ROUTES))
        self.areas = read_areas(given.get("evidence", BUILT_IN_AREAS))
        self.p = self.effective({}, None)
        for service in self.services.values():
            tiers = [self.services[d].tier for d in service.dependents]
            service.p = self.effective(service.own, min([service.tier] + tiers))

    def read_engine(self, given):
        only_keys("engine", given, set(PARAMS) | {"tiers"})
        self.engine = {name: read_param("engine", name, given[name]) for name in PARAMS if name in given}
        self.tiers = {}
        tiers = given.get("tiers", {})
        only_keys("engine.tiers", tiers, {"1", "2", "3"})
        for tier, values in tiers.items():
            where = f"engine.tiers.{tier}"
            only_keys(where, values, {n for n, p in PARAMS.items() if p.star})
            self.tiers[int(tier)] = {name: read_param(where, name, values[name]) for name in PARAMS if name in values}

    def effective(self, own, tier):
        """§17: the service, tiers of the file, engine of the file, the shipped tier value, the shipped default."""
        found = {}
        for name, param in PARAMS.items():
            shipped = dict(param.shipped_tier).get(tier, param.default)
            places = (own, self.tiers.get(tier, {}), self.engine)
            found[name] = next((p[name] for p in places if name in p), shipped)
        need(found["flap_low_pct"] <= found["flap_high_pct"], "flap_low_pct is above flap_high_pct")
        return SimpleNamespace(**found)

    def read_services(self, given):
        need(type(given) is list, "services: expected a list")
        read = [ServiceConfig(one) for one in given]
        self.services = {s.id: s for s in sorted(read, key=lambda s: s.id)}
        need(len(self.services) == len(read), "services: an id stands twice")
        for service in read:
            for other in service.depends_on:
                need(other in self.services, f"{service.id}.depends_on: no service {other!r}")
        for service in read:
            service.reach = self.walk(service)
        for service in read:
            service.dependents = [s.id for s in self.services.values() if service.id in s.reach and s is not service]

    def walk(self, service):
        seen, left = set(), list(service.depends_on)
        while left:
            one = left.pop()
            if one not in seen:
                seen.add(one)
                left.extend(self.services[one].depends_on)
        return frozenset(seen)

    def same_cycle(self, a, b):
        """Both in one strongly connected set."""
        return a == b or (b in self.services[a].reach and a in self.services[b].reach)

    def channels(self, cls, tier, level=None, slo=None):
        """R1: the channels of the first route all of whose fields match; none without one."""
        for route in self.routes:
            if route_matches(route, cls, tier, level, slo):
                return route["channels"]
        return []


def as_list(value):
    return value if type(value) is list else [value]


def read_routes(given):
    need(type(given) is list, "routes: expected a list")
    for route in given:
        only_keys("route", route, {"class", "tier", "min_level", "max_level", "slo", "channels"})
        need(all(c in CLASSES for c in as_list(route.get("class", []))), "route.class: unknown class")
        need(all(is_whole(t) and 1 <= t <= 3 for t in as_list(route.get("tier", []))), "route.tier: expected 1 to 3")
        need(route.get("min_level", "degraded") in LEVELS, "route.min_level: expected a level")
        need(route.get("max_level", "degraded") in LEVELS, "route.max_level: expected a level")
        need(route.get("slo", "fast") in SLO_KINDS, "route.slo: expected fast, slow or ticket")
        channels = route.get("channels")
        need(type(channels) is list and all(map(is_text, channels)), "route.channels: expected a list of names")
    return given


def route_matches(route, cls, tier, level, slo):
    """level is None but for service and flap, slo is None but for slo: a field about it then does not match."""
    if "class" in route and cls not in as_list(route["class"]):
        return False
    if "tier" in route and tier not in as_list(route["tier"]):
        return False
    if "min_level" in route and (level is None or level < RANK[route["min_level"]]):
        return False
    if "max_level" in route and (level is None or level > RANK[route["max_level"]]):
        return False
    return "slo" not in route or slo == route["slo"]


def read_areas(given):
    need(type(given) is list, "evidence: expected a list")
    for area in given:
        only_keys("evidence", area, {"area", "required", "weight", "fresh_s", "expire_s"})
        need(is_text(area.get("area")), "evidence.area: expected a name")
        need(type(area.get("required")) is bool, f"{area['area']}.required: expected true or false")
        need(is_whole(area.get("weight")) and area["weight"] >= 0, f"{area['area']}.weight: expected a number")
        if area["area"] not in COMPUTED_AREAS:
            for key in ("fresh_s", "expire_s"):
                need(is_whole(area.get(key)) and area[key] >= 0, f"{area['area']}.{key}: expected seconds")
    need(len({a["area"] for a in given}) == len(given), "evidence: an area stands twice")
    return given


def load(path):
    """The configuration in a file of JSON, which is YAML too."""
    try:
        with open(path, encoding="utf-8") as file:
            return Config(json.load(file, parse_float=Decimal))
    except ValueError as fault:
        raise ConfigError(f"{path}: {fault}") from None
