# SPDX-License-Identifier: Apache-2.0
"""The engine: its clock, its passes, and the door of each kind of input."""
from . import acks, alerts, deadlines, evidence, flap, health, incidents, maintenance, manual, observe, record, settle, slo
from .config import Config, ConfigError
from .state import Service
from .words import S


class Engine:
    def __init__(self, config):
        """config: a dict as in the file, or a Config. A wrong one raises ConfigError."""
        self.config = config if isinstance(config, Config) else Config(config)
        self.now = None
        self.services = {one.id: Service(one) for one in self.config.services.values()}    # in byte order of id
        self.collectors, self.alerts, self.windows, self.graces, self.incidents, self.records = {}, {}, {}, {}, {}, {}
        self.incident_counter = 0
        self.mass_silence, self.mass_count = False, 0
        self.explained = {}             # a cache of dependency.explainers, empty after each change of H or configuration
        self.out = []

    @property
    def p(self):
        """The parameters that no service has of its own."""
        return self.config.p

    def feed_line(self, line):
        """The decisions of one line of NDJSON."""
        try:
            value = record.parse(line)
        except record.BadRecord:
            return self.bad(None)
        return self.feed(value)

    def feed(self, value):
        """The decisions of one input."""
        try:
            rec = record.check(value)
        except record.BadRecord as fault:
            return self.bad(fault.args[0])
        back = self.now is not None and rec["t"] < self.now                 # T2
        if rec["kind"] != "gap":
            self.advance(rec["t"])
        if back:
            self.emit("note", reason="clock_back", service=None, source=None)
        HANDLERS[rec["kind"]](self, rec)
        settle.run(self)
        return self.taken()

    def bad(self, kind):
        self.emit("reject", kind=kind, reason="bad_record")
        return self.taken()

    def taken(self):
        out, self.out = self.out, []
        return out

    def emit(self, d, **keys):
        self.out.append({"t": self.now, "d": d, **keys})

    def reject(self, rec, reason):
        self.emit("reject", kind=rec["kind"], reason=reason)

    def end_alerts(self, keys):
        alerts.end_alerts(self, keys)

    def advance(self, t):
        """T4: the passes up to and at t, then now = t, unless that is behind."""
        if self.now is None:
            self.now = t
        if t <= self.now:
            return
        while (deadline := deadlines.first(self)) is not None and deadline <= t:
            self.integrate(deadline)
            self.run_pass()
        self.integrate(t)

    def integrate(self, t):
        """T7: time passes under the old state."""
        if t == self.now:
            return
        for s in self.services.values():
            slo.integrate(self, s, self.now, t)
            flap.integrate(s, t - self.now)
        self.now = t

    def run_pass(self, with_slo=True):
        """T5."""
        maintenance.step(self)
        acks.step(self)
        manual.step(self)
        for s in self.services.values():
            for _, source in sorted(s.sources.items()):
                observe.judge_poller(self, source)
            observe.compute(self, s)
        health.judge_silence(self)
        if with_slo:
            slo.step(self)
        settle.run(self)


def on_hb(e, rec):
    health.hear(e, rec["collector"])


def on_tick(e, rec):
    pass


def on_gap(e, rec):
    """X2."""
    old = rec["t"] if e.now is None else e.now
    e.now = max(old, rec["t"])
    ms = e.now - old
    e.emit("gap", ms=ms)
    for s in e.services.values():
        for source in s.sources.values():
            source.last_any = e.now
        if ms > s.p.unknown_reset_s * S:
            s.reset_ladders()
    for collector in e.collectors.values():
        if collector.state != "silent":
            collector.last_seen = e.now
    e.run_pass(with_slo=False)


def on_config(e, rec):
    """X3."""
    try:
        new = Config(rec["config"])
    except ConfigError:
        return e.reject(rec, "bad_config")
    removed = sorted(set(e.services) - set(new.services))
    added = sorted(set(new.services) - set(e.services))
    e.emit("config", added=added, removed=removed)
    e.end_alerts(lost(e, removed, new))
    services = {}
    for one in new.services.values():
        services[one.id] = e.services.get(one.id) or Service(one)
        services[one.id].cfg = one
        flap.configured(services[one.id])
    e.config, e.services, e.explained = new, services, {}
    for one in removed:
        maintenance.leave(e, one)
        incidents.leave(e, one)
    e.run_pass(with_slo=False)


def lost(e, removed, new):
    """The keys of the alerts that lose their subject, in byte order."""
    for key, alert in sorted(e.alerts.items()):
        s = alerts.service_of(e, alert)
        if s and (s.id in removed or (alert.cls == "slo" and not new.services[s.id].p.slo_enabled)):
            yield key


def on_report(e, rec):
    if rec["what"] == "service":
        alerts.report(e, rec)
    else:
        evidence.report(e)


HANDLERS = {
    "obs": observe.handle, "hb": on_hb, "tick": on_tick, "maint": maintenance.put, "maint_end": maintenance.end_now,
    "ack": acks.put, "unack": acks.remove, "manual": manual.put, "gap": on_gap, "config": on_config, "forget": health.forget,
    "evidence": evidence.put, "report": on_report,
}
