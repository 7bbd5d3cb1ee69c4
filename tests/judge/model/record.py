# SPDX-License-Identifier: Apache-2.0
"""One line of input: read and checked (§16), or refused as bad_record."""
import json
from decimal import Decimal

from .config import SAFE


class BadRecord(Exception):
    """args[0] is the kind, None if unreadable."""


def is_int(v):
    return type(v) is int and -SAFE <= v <= SAFE


def is_str(v):
    return type(v) is str


def is_bool(v):
    return type(v) is bool


def one_of(*words):
    return lambda v: type(v) is str and v in words


def whole(low, high):
    return lambda v: is_int(v) and low <= v <= high


def is_texts(v):
    return type(v) is list and all(map(is_str, v))


STATUSES = ("operational", "degraded", "partial_outage", "major_outage", "unknown")

# kind: {field: (required, check)}
FIELDS = {
    "obs": {
        "service": (True, is_str), "source": (True, is_str), "collector": (False, is_str),
        "stype": (False, one_of("vendor", "probe")), "result": (False, one_of("ok", "fail")), "status": (False, is_str),
        "ot": (False, is_int), "every": (False, whole(0, 604800)), "boot": (False, is_int), "seq": (False, is_int),
    },
    "hb": {"collector": (True, is_str)},
    "tick": {},
    "maint": {
        "id": (True, is_str), "services": (True, is_texts), "start": (True, is_int), "end": (True, is_int),
        "origin": (False, one_of("operator", "vendor")), "slo_exclude": (False, is_bool),
    },
    "maint_end": {"id": (True, is_str)},
    "ack": {"key": (True, is_str), "by": (True, is_str), "until": (False, is_int), "sticky": (False, is_bool)},
    "unack": {"key": (True, is_str)},
    "manual": {
        "service": (True, is_str), "status": (True, lambda v: v is None or one_of(*STATUSES)(v)),
        "ttl_s": (False, whole(0, SAFE)), "by": (False, is_str),
    },
    "gap": {},
    "config": {"config": (True, lambda v: type(v) is dict)},
    "forget": {"collector": (False, is_str), "service": (False, is_str), "source": (False, is_str)},
    "evidence": {
        "area": (True, is_str), "subject": (True, is_str), "result": (True, one_of("pass", "warn", "fail")),
        "at": (False, is_int),
    },
    "report": {"what": (True, one_of("service", "readiness")), "service": (False, is_str)},
}


def no_constant(word):
    raise ValueError(word)


def parse(line):
    """The JSON value of one line, bytes or text; BadRecord when there is none."""
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        return json.loads(text, parse_float=Decimal, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise BadRecord(None) from None


def check(value):
    """A record that may be handled; BadRecord otherwise."""
    if type(value) is not dict:
        raise BadRecord(None)
    kind = value.get("kind")
    if type(kind) is not str or kind not in FIELDS:
        raise BadRecord(None)
    if not (is_int(value.get("t")) and value["t"] >= 0):
        raise BadRecord(kind)
    for name, (required, good) in FIELDS[kind].items():
        if name in value:
            if not good(value[name]):
                raise BadRecord(kind)
        elif required:
            raise BadRecord(kind)
    if not whole_record(kind, value):
        raise BadRecord(kind)
    return value


def whole_record(kind, value):
    """What one field alone cannot tell."""
    if kind == "obs":
        return value.get("result", "ok") == "fail" or "status" in value
    if kind == "forget":
        named = {name for name in FIELDS["forget"] if name in value}
        return named in ({"collector"}, {"service", "source"})
    if kind == "report":
        return value["what"] != "service" or "service" in value
    return True
