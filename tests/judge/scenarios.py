# SPDX-License-Identifier: Apache-2.0
"""Scenarios from a seed: a small configuration and the inputs of an eventful day.

    make(seed, theme) -> (config, inputs)      inputs: dicts, or strings where a line is not well-formed

A theme weighs what happens and which parameters are drawn; `mixed` has everything. Equal arguments give equal scenarios.
"""
import copy
import random

S = 1000
LEVELS = ["operational", "degraded", "partial_outage", "major_outage"]
DECADE = [0, 10, 20, 30, 60]

# Values small enough that a few inputs reach them. What is not drawn keeps its default.
ENGINE = {
    "late_after_s": [0, 20, 120], "future_skew_s": [0, 20, 120], "collector_silent_s": [5, 30, 60, 120],
    "collector_hold_s": [0, 10, 30], "mass_silence_pct": [1, 30, 50, 100], "mass_silence_min": [1, 2, 3],
    "mass_silence_cap": [1, 2, 50], "blind_pct": [1, 30, 50, 100], "blind_min": [1, 2, 3], "poller_hold_s": [0, 10, 30, 90],
    "ack_ttl_s": [0, 30, 100], "reopen_window_s": [0, 60, 300, 1800], "correlation_threshold": [1, 1, 2, 2, 3],
    "correlation_window_s": [0, 30, 120, 900], "correlation_hold_s": [0, 10, 20, 60], "dependency_grace_s": [0, 20, 60],
    "maint_end_grace_s": [0, 20, 60, 300],
}
STAR = {
    "confirm_polls": [1, 2, 3], "min_dwell_s": DECADE, "recovery_polls": [1, 1, 2, 3], "recovery_dwell_s": [0, 0, 20],
    "escalate_polls": [-1, 1, 2], "escalate_dwell_s": [-1, 0, 20], "major_dwell_s": [-1, 0, 15, 90],
    "improve_dwell_s": DECADE, "notify_improve": [True, False], "stale_after_s": [10, 30, 60, 300],
    "unknown_reset_s": [0, 30, 120, 900], "combine": ["worst", "agree", "vendor", "probe"], "quorum": [0, 0, 1, 2],
    "poller_failure_threshold": [1, 2, 3], "poller_recovery_threshold": [1, 2, 3], "flap_enabled": [True, True, True, False],
    "flap_bad_s": [0, 10, 30, 60], "dedup_window_s": [60, 100, 300], "reminders": [True, True, False],
    "manual_ttl_s": [0, 30, 100], "recur_limit": [1, 2, 3], "recur_dwell_s": [0, 30, 60],
}
SLO_ENGINE = {"slo_fast": [0.5, 2, 14.4], "slo_slow": [0.2, 1.5, 6], "slo_ticket": [0.001, 1, 0.125]}
SLO_STAR = {
    "slo_target": [90, 95.5, 99, 99.9, 99.99], "slo_min_bad_s": [0, 10, 60, 180], "slo_min_coverage_pct": [1, 10, 50, 100],
    "slo_reset_evals": [1, 2, 3], "weight_degraded": [0, 500, 1000], "weight_partial": [0, 300, 1000],
    "weight_major": [0, 1000, 1000],
}
QUICK = {"confirm_polls": 1, "min_dwell_s": 0, "recovery_polls": 1, "improve_dwell_s": 0}
AREAS = ["backup", "restore_test", "smoke_test", "security", "documentation", "incidents", "monitoring", "printer"]

# theme: the weights of what happens, and how the configuration leans. `round`: all sources of some services are polled.
BASE = {"round": 30, "obs": 8, "turn": 10, "tick": 4, "report": 2, "calm": True}
THEMES = {
    "confirm": dict(BASE, turn=12, odd_obs=3, calm=False),
    "flap": dict(BASE, round=25, flip=30, maint=1, ack=1),
    "slow": dict(BASE, round=5, turn=2, wave=30, config=1, maint=1, manual=1, gap=1),
    "incidents": dict(BASE, turn=25, disaster=6, quick=True, ack=1),
    "dependency": dict(BASE, turn=14, disaster=14, quick=True, maint=2, ack=2, manual=1, config=1, flip=1),
    "health": dict(BASE, calm=False, hb=25, fail=20, mute=5, maint=2, forget=2, ack=1, quick=True),
    "ack": dict(BASE, turn=14, ack=12, unack=4, quick=True, maint=1),
    "manual": dict(BASE, manual=12, turn=12),
    "maintenance": dict(BASE, maint=10, maint_end=3, turn=14, quick=True, manual=1),
    "config": dict(BASE, config=10, turn=14, quick=True, maint=2, manual=1, forget=1),
    "gap": dict(BASE, calm=False, gap=8, maint=2, ack=2, manual=1, hb=4),
    "slo": dict(BASE, round=5, turn=2, slo=True, burst=30, maint=2, report=5, gap=1, ack=1, config=1),
    "evidence": dict(BASE, evidence=30, readiness=15, round=8, config=2),
    "records": dict(BASE, calm=False, malformed=30, odd_obs=15, odd=15, back=10),
    "mixed": dict(BASE, calm=False, odd_obs=4, flip=2, disaster=2, hb=8, fail=4, mute=2, maint=3, maint_end=1, forget=1, ack=3, unack=1,
                  manual=3, config=2, gap=2, evidence=1, readiness=1, malformed=1, odd=2, back=2),
}


def make(seed, theme):
    return Scene(random.Random(f"{theme} {seed}"), theme).played()


class Scene:
    def __init__(self, rng, theme):
        self.rng, self.theme = rng, theme
        self.weights = dict(THEMES[theme])
        self.quick = self.weights.pop("quick", False) or rng.random() < 0.3
        self.calm = self.weights.pop("calm", False)         # sources and collectors seldom fall silent
        self.slo = self.weights.pop("slo", False) or (theme in ("mixed", "config") and rng.random() < 0.3)
        self.names = ["a", "b", "c", "d", "e", "f", "g"][:rng.randint(3 if theme == "dependency" else 1, 3 if theme == "slo" else 7)]
        self.collectors = [f"h{i}" for i in range(rng.randint(1, 5))]
        self.config = self.first = self.first_config()
        self.durations = sorted(durations(self.config))
        self.truth = {name: 0 for name in self.names}
        self.sources = [source for name in self.names for source in self.some_sources(name)]
        self.muted = set()
        self.failing = set()
        self.poll_s = rng.choice([5, 10, 10, 20, 60] if not self.slo else [60, 120, 300])
        self.t = rng.choice([0, 0, 1, 59999, 1700000000000, 1699999999999])
        self.inputs = []

    # the configuration --------------------------------------------------------------------------------------------------

    def draw(self, pool, chance):
        return {name: self.rng.choice(values) for name, values in pool.items() if self.rng.random() < chance}

    def first_config(self):
        rng = self.rng
        engine = {**self.draw(ENGINE, 0.6), **self.draw(STAR, 0.6)}
        engine.setdefault("min_dwell_s", rng.choice(DECADE))
        engine.setdefault("stale_after_s", rng.choice([30, 60, 300]))
        engine["combine"] = rng.choice(["worst", "worst", "worst", "agree", "vendor", "probe"])
        if self.calm and rng.random() < 0.85:
            engine.update(stale_after_s=rng.choice([300, 1000, 604800]), collector_silent_s=86400)
        if rng.random() < 0.6:
            engine["dedup_window_s"] = rng.choice([600, 86400, 2592000])
        if self.theme == "slow" and rng.random() < 0.9:
            engine.update(min_dwell_s=rng.choice([300, 600]), confirm_polls=rng.choice([3, 9]), flap_bad_s=rng.choice([5, 10, 30, 60]),
                          combine="worst")
        if self.quick:
            engine.update({name: value for name, value in QUICK.items() if rng.random() < 0.8})
        if self.slo:
            engine.update(self.draw(SLO_ENGINE, 0.4), **self.draw(SLO_STAR, 0.5))
            engine["slo_enabled"] = True
            engine.update(slo_eval_s=rng.choice([60, 120, 300]), dedup_window_s=rng.choice([600, 86400, 86400]))
        if rng.random() < 0.3:
            engine["flap_low_pct"] = rng.choice([1, 5, 15])
            engine["flap_high_pct"] = rng.choice([15, 20, 40])
        if rng.random() < 0.4:
            engine["tiers"] = {str(tier): self.draw(STAR, 0.15) for tier in rng.sample([1, 2, 3], rng.randint(1, 3))}
        config = {"engine": engine, "services": [self.service(name) for name in self.names]}
        if rng.random() < 0.25:
            config["routes"] = self.routes()
        if rng.random() < (0.6 if self.theme == "evidence" else 0.1):
            config["evidence"] = self.areas()
        return config

    def service(self, name):
        rng = self.rng
        made = {"id": name, **self.draw(STAR, rng.choice([0, 0, 0.1, 0.2]))}
        if rng.random() < 0.7:
            made["tier"] = rng.randint(1, 3)
        if self.slo and rng.random() < 0.3:
            made.update(self.draw(SLO_STAR, 0.3), slo_enabled=rng.random() < 0.7)
        above = self.names[:self.names.index(name)] if name in self.names else self.names
        if above and rng.random() < (0.85 if self.theme == "dependency" else 0.5):
            made["depends_on"] = rng.sample(above, rng.randint(1, min(2, len(above))))
        others = [one for one in self.names if one != name]
        if others and rng.random() < 0.12:
            made["depends_on"] = sorted({*made.get("depends_on", []), rng.choice(others)})
        return made

    def routes(self):
        rng, made = self.rng, []
        for _ in range(rng.randint(0, 5)):
            route = {"channels": rng.sample(["page", "chat", "ops", "mail"], rng.randint(0, 3))}
            kind = rng.choice(["service", ["service", "flap"], "flap", "poller", ["collector", "self"], "slo", None])
            if kind is not None:
                route["class"] = kind
            if rng.random() < 0.4:
                route["tier"] = rng.choice([1, 2, 3, [1, 2], [2, 3]])
            if rng.random() < 0.4 and kind in ("service", "flap", ["service", "flap"]):
                route[rng.choice(["min_level", "max_level"])] = rng.choice(LEVELS[1:])
            if rng.random() < 0.5 and kind == "slo":
                route["slo"] = rng.choice(["fast", "slow", "ticket"])
            made.append(route)
        return made

    def areas(self):
        rng, made = self.rng, []
        for area in rng.sample(AREAS, rng.randint(1, 6)):
            row = {"area": area, "required": rng.random() < 0.5, "weight": rng.randint(1, 4)}
            if area not in ("incidents", "monitoring"):
                row["fresh_s"] = rng.choice([0, 10, 30, 100])
                row["expire_s"] = row["fresh_s"] + rng.choice([1, 7, 60, 300])
            made.append(row)
        return made

    def some_sources(self, service):
        rng = self.rng
        for i in range(rng.choice([1, 1, 2, 2, 3, 4])):
            source = {"service": service, "source": f"s{i}"}
            if rng.random() < 0.5:
                source["stype"] = rng.choice(["probe", "probe", "vendor"])
            if rng.random() < (0.95 if self.theme == "health" else 0.2 if self.calm else 0.6):
                source["collector"] = rng.choice(self.collectors)
            if rng.random() < 0.15:
                source["every"] = rng.choice([0, 5, 20, 60, 200])
            if rng.random() < 0.3:
                source["seq"] = rng.randint(0, 5)
            yield source

    # the play -----------------------------------------------------------------------------------------------------------

    def played(self):
        kinds, weights = list(self.weights), list(self.weights.values())
        for _ in range(self.rng.randint(20, 110)):
            getattr(self, "do_" + self.rng.choices(kinds, weights)[0])()
            if len(self.inputs) > 150:
                break
        self.step()
        for name in self.names:
            self.put("report", what="service", service=name)
        self.put("report", what="readiness")
        return self.first, self.inputs

    def put(self, kind, **fields):
        self.inputs.append({"t": self.t, "kind": kind, **fields})

    def step(self):
        """Time goes on: by a poll, to the edge of some rule, not at all, or far."""
        rng, dice = self.rng, self.rng.random()
        if dice < 0.55:
            self.t += self.poll_s * S
        elif dice < 0.8:
            self.t = self.edge()
        elif dice < 0.95:
            self.t += rng.choice([0, 1, 999, 1000, 5000])
        else:
            self.t += rng.choice([100, 400, 1000, 4000 if not self.slo else 10000]) * S + rng.randint(0, 1)

    def edge(self):
        """A moment at which a duration of the configuration is over since a recent input, or one ms beside it."""
        rng = self.rng
        recent = {one["t"] for one in self.inputs[-40:] if isinstance(one, dict) and isinstance(one.get("t"), int)}
        edges = [base + d * S for base in recent for d in self.durations if base + d * S > self.t]
        if not edges:
            return self.t + self.poll_s * S
        return max(self.t, min(rng.sample(edges, min(3, len(edges)))) + rng.choice([-1, 0, 0, 0, 1]))

    def tell(self, source, **more):
        """One observation of what is true."""
        rng = self.rng
        told = {name: value for name, value in source.items() if name != "seq"}
        if "seq" in source:
            source["seq"] += 1
            told["seq"] = source["seq"]
        if (source["service"], source["source"]) in self.failing:
            told["result"] = "fail"
        else:
            level = self.truth[source["service"]]
            if rng.random() < 0.04:
                level = rng.randrange(4)
            told["status"] = LEVELS[level] if rng.random() < 0.99 else "unknown"
        self.put("obs", **{**told, **more})

    def speaking(self):
        return [s for s in self.sources if s.get("collector") not in self.muted]

    def do_round(self):
        self.step()
        names = set(self.rng.sample(self.names, self.rng.randint(1, len(self.names))))
        if self.rng.random() < 0.5:
            names = set(self.names[:3])
        for source in self.speaking():
            if source["service"] in names and self.rng.random() < 0.95 and len(self.inputs) < 150:
                self.tell(source)

    def do_obs(self):
        self.step()
        if self.speaking():
            self.tell(self.rng.choice(self.speaking()))

    def do_turn(self):
        """Something breaks or is mended; what is broken stays so for a while."""
        name = self.rng.choice(self.names)
        self.truth[name] = self.rng.choice([0, 0, 0, 1, 2, 3, 3] if self.truth[name] else [1, 1, 2, 3, 3])
        if self.rng.random() < 0.7:
            for _ in range(self.rng.randint(1, 3)):
                self.step()
                for source in self.speaking():
                    if source["service"] == name:
                        self.tell(source)

    def do_wave(self):
        """Bad for some polls, good for some, again and again."""
        rng, name = self.rng, self.rng.choice(self.names[:2])
        bad, good = rng.randint(1, 6), rng.randint(1, 6)
        for i in range(rng.choice([1, 2, 2, 3]) * (bad + good)):
            if i % (bad + good) in (0, bad):
                self.truth[name] = rng.randint(1, 3) if i % (bad + good) == 0 else 0
            self.t += self.poll_s * S
            for source in self.speaking():
                if source["service"] == name and len(self.inputs) < 150:
                    self.tell(source)

    def do_burst(self):
        """A while of nothing new, then a few bad minutes."""
        rng, name = self.rng, self.rng.choice(self.names[:2])
        for level, steps in ((0, rng.randint(0, 3)), (rng.randint(1, 3), rng.randint(1, 4)), (0, rng.randint(1, 4))):
            self.truth[name] = level
            for _ in range(steps):
                self.t += rng.choice([60, 60, 60, 120, 300, 1200, 3600]) * S
                for source in self.speaking():
                    if source["service"] == name and len(self.inputs) < 150:
                        self.tell(source)

    def do_flip(self):
        name = self.rng.choice(self.names[:2])
        for _ in range(self.rng.randint(2, 6)):
            self.truth[name] = 0 if self.truth[name] else self.rng.randint(1, 3)
            self.t += self.rng.choice([self.poll_s * S, S])
            for source in self.speaking():
                if source["service"] == name:
                    self.tell(source)

    def do_disaster(self):
        """What many stand on breaks, and they with it, or all are mended."""
        level = self.rng.choice([0, 1, 3, 3])
        for name in self.rng.sample(self.names, self.rng.randint(1, len(self.names))):
            self.truth[name] = level
        self.do_round()

    def do_tick(self):
        self.step()
        self.put("tick")

    def do_report(self):
        self.put("report", what="service", service=self.rng.choice(self.names + ["none"] * (self.rng.random() < 0.1)))

    def do_readiness(self):
        self.step()
        self.put("report", what="readiness")

    def do_fail(self):
        """A poller, or all of one collector, can or cannot find out."""
        rng = self.rng
        if self.failing and rng.random() < 0.5:
            if rng.random() < 0.5:
                self.failing.clear()
            else:
                self.failing.discard(rng.choice(sorted(self.failing)))
        elif rng.random() < 0.5:
            host = rng.choice(self.collectors)
            self.failing |= {(s["service"], s["source"]) for s in self.sources if s.get("collector") == host}
        else:
            one = rng.choice(self.sources)
            self.failing.add((one["service"], one["source"]))
        for _ in range(rng.randint(1, 3)):
            self.step()
            for source in self.speaking():
                if len(self.inputs) < 150:
                    self.tell(source)

    def do_mute(self):
        if self.muted and self.rng.random() < 0.6:
            self.muted = set() if self.rng.random() < 0.5 else self.muted - {self.rng.choice(sorted(self.muted))}
        else:
            self.muted |= set(self.rng.sample(self.collectors, self.rng.randint(1, len(self.collectors))))

    def do_hb(self):
        self.step()
        for name in self.collectors:
            if name not in self.muted and self.rng.random() < 0.8:
                self.put("hb", collector=name)

    def key(self):
        rng = self.rng
        source = rng.choice(self.sources)
        return rng.choice([f"service:{source['service']}"] * 6 + [
            f"poller:{source['service']}/{source['source']}", f"collector:{rng.choice(self.collectors)}", "self:mass_silence",
            f"slo:{source['service']}:{rng.choice(['fast', 'slow', 'ticket'])}", "nothing"])

    def some_time(self):
        """Near now, mostly ahead."""
        return max(0, self.t + self.rng.choice([-60, -1, 0, 0, 10, 20, 30, 60, 100, 300]) * S + self.rng.choice([0, 0, 0, 1, -1]))

    def do_ack(self):
        self.step()
        more = {}
        if self.rng.random() < 0.5:
            more["until"] = self.some_time()
        if self.rng.random() < 0.4:
            more["sticky"] = self.rng.random() < 0.8
        key = self.key()
        if self.theme != "mixed" or self.rng.random() < 0.5:
            key = f"service:{self.rng.choice(self.names)}" if self.rng.random() < 0.8 else key
        self.put("ack", key=key, by=self.rng.choice(["ann", "bob"]), **more)

    def do_unack(self):
        self.put("unack", key=self.key())

    def do_manual(self):
        self.step()
        more = {}
        if self.rng.random() < 0.6:
            more["ttl_s"] = self.rng.choice([0, 10, 30, 60, 100])
        if self.rng.random() < 0.5:
            more["by"] = self.rng.choice(["ann", "bob"])
        name = self.rng.choice(self.names if self.rng.random() < 0.95 else ["none"])
        self.put("manual", service=name, status=self.rng.choice(LEVELS + ["major_outage", "unknown", None, None]), **more)

    def do_maint(self):
        rng = self.rng
        self.step()
        subjects = [rng.choice([rng.choice(self.names), rng.choice(self.names), self.key(), "*", f"flap:{rng.choice(self.names)}"])
                    for _ in range(rng.randint(1, 3))]
        start = self.some_time()
        more = {}
        if rng.random() < 0.5:
            more["origin"] = rng.choice(["operator", "vendor", "vendor"])
        if rng.random() < 0.2:
            more["slo_exclude"] = rng.random() < 0.5
        self.put("maint", id=rng.choice(["w1", "w2", "w3"]), services=subjects, start=start,
                 end=max(0, start + rng.choice([0, 1, 10, 30, 60, 100, 300, 1000]) * S), **more)

    def do_maint_end(self):
        self.step()
        self.put("maint_end", id=self.rng.choice(["w1", "w2", "w3", "w4"]))

    def do_gap(self):
        self.t += self.rng.choice([0, 1, 10 * S, 30 * S, 100 * S, 400 * S, 1000 * S, 3000 * S])
        if self.rng.random() < 0.3:
            self.t = self.edge()
        self.put("gap")

    def do_forget(self):
        source = self.rng.choice(self.sources)
        if self.rng.random() < 0.4:
            self.put("forget", collector=self.rng.choice(self.collectors))
        else:
            self.put("forget", service=source["service"], source=source["source"])

    def do_evidence(self):
        rng = self.rng
        self.step()
        more = {"at": max(0, self.some_time() - rng.choice([0, 0, 50, 200]) * S)} if rng.random() < 0.6 else {}
        areas = [area["area"] for area in self.config.get("evidence", [])] or AREAS
        self.put("evidence", area=rng.choice(areas + ["nothing"] * (rng.random() < 0.1)), subject=rng.choice(["x", "y"]),
                 result=rng.choice(["pass", "pass", "warn", "fail"]), **more)

    def do_config(self):
        """The configuration, changed here and there; now and then a wrong one."""
        rng = self.rng
        self.step()
        new = copy.deepcopy(self.config)
        if rng.random() < 0.15:
            return self.put("config", config=self.spoilt(new))
        for _ in range(rng.randint(1, 3)):
            self.change(new)
        self.put_config(new)

    def put_config(self, new):
        """It replaces the old; what depended on a service that is gone no longer does."""
        present = {s["id"] for s in new["services"]}
        for service in new["services"]:
            if "depends_on" in service:
                service["depends_on"] = [one for one in service["depends_on"] if one in present]
        self.config = new
        self.put("config", config=new)

    def change(self, config):
        rng = self.rng
        services = config["services"]
        what = rng.choice(["param", "param", "star", "add", "remove", "tier", "depends", "routes", "slo", "flap", "areas"])
        if what == "param":
            config["engine"].update(self.draw(ENGINE, 0.2))
        elif what == "star":
            config["engine"].update(self.draw(STAR, 0.2))
        elif what == "add" and len(services) < len(self.names):
            gone = [name for name in self.names if name not in {s["id"] for s in services}]
            services.insert(rng.randint(0, len(services)), self.service(rng.choice(gone)))
        elif what == "remove" and services:
            services.pop(rng.randrange(len(services)))
        elif what == "routes":
            config["routes"] = self.routes()
        elif what == "areas":
            config["evidence"] = self.areas()
        elif services:
            service = rng.choice(services)
            if what == "tier":
                service["tier"] = rng.randint(1, 3)
            elif what == "depends":
                others = [one for one in self.names if one != service["id"]]
                service["depends_on"] = rng.sample(others, rng.randint(0, min(2, len(others))))
            elif what == "slo" and self.slo:
                service["slo_enabled"] = rng.random() < 0.5
            elif what == "flap":
                service["flap_enabled"] = rng.random() < 0.5

    def spoilt(self, config):
        how = self.rng.choice(["key", "range", "type", "twice", "depends", "tier", "low"])
        if how == "key":
            config["engines"] = {}
        elif how == "range":
            config["engine"]["confirm_polls"] = self.rng.choice([0, 101])
        elif how == "type":
            config["engine"]["min_dwell_s"] = self.rng.choice(["ten", True, 1.5, [1]])
        elif how == "twice":
            config["services"] = [{"id": "a"}, {"id": "a"}]
        elif how == "depends":
            config["services"] = [{"id": "a", "depends_on": ["nowhere"]}]
        elif how == "tier":
            config["services"] = [{"id": "a", "tier": self.rng.choice([0, 4])}]
        else:
            config["engine"].update(flap_low_pct=31, flap_high_pct=30)
        return config

    # what is odd --------------------------------------------------------------------------------------------------------

    def do_odd_obs(self):
        rng = self.rng
        self.step()
        source = rng.choice(self.sources)
        engine = self.config["engine"]
        late, skew = engine.get("late_after_s", 120), engine.get("future_skew_s", 120)
        how = rng.choice(["again", "late", "future", "boot", "old_boot", "old_seq", "ot", "service", "move", "type"])
        if how == "again":
            before = [one for one in self.inputs if isinstance(one, dict) and one["kind"] == "obs"]
            if before:
                self.inputs.append({**rng.choice(before[-4:]), "t": self.t})
        elif how == "late":
            self.tell(source, ot=self.t - late * S + rng.choice([-1, 0, 1]))
        elif how == "future":
            self.tell(source, ot=self.t + skew * S + rng.choice([-1, 0, 1]))
        elif how == "boot":
            source["boot"] = source.get("boot", 0) + 1
            if "seq" in source:
                source["seq"] = 0
            self.tell(source)
        elif how == "old_boot":
            self.tell(source, boot=source.get("boot", 0) - 1)
        elif how == "old_seq":
            self.tell(source, seq=rng.randint(0, 8))
        elif how == "ot":
            self.tell(source, ot=self.t - rng.choice([0, 1, 5 * S]))
        elif how == "service":
            self.tell(source, service="none", collector=rng.choice(self.collectors), ot=self.t + 200 * S)
        elif how == "move":
            self.tell(source, collector=rng.choice(self.collectors))
        else:
            self.tell(source, stype=rng.choice(["vendor", "probe"]), status=rng.choice(["", "on fire", "unknown", *LEVELS]))

    def do_back(self):
        if self.inputs:
            now, self.t = self.t, max(0, self.t - self.rng.choice([1, 10, 100]) * S)
            self.rng.choice([self.do_back_tick, self.do_back_obs])()
            self.t = now

    def do_back_tick(self):
        self.put("tick")

    def do_back_obs(self):
        self.tell(self.rng.choice(self.sources))

    def do_odd(self):
        """Well-formed, and refused or of no effect."""
        rng = self.rng
        self.step()
        rng.choice([
            lambda: self.put("maint_end", id="never"),
            lambda: self.put("maint", id="w9", services=["a"], start=self.t + 10, end=self.t + rng.choice([9, 10])),
            lambda: self.put("maint", id="w9", services=["a"], start=max(0, self.t - 20), end=max(1, self.t - rng.choice([0, 1]))),
            lambda: self.put("unack", key="service:a"),
            lambda: self.put("ack", key="none", by="ann"),
            lambda: self.put("manual", service="a", status=None),
            lambda: self.put("manual", service="none", status="degraded"),
            lambda: self.put("forget", collector="none"),
            lambda: self.put("forget", service="a", source="none"),
            lambda: self.put("evidence", area="incidents", subject="x", result="pass"),
            lambda: self.put("report", what="service", service="none"),
            lambda: self.put("tick", something=[1, {"else": None}]),
        ])()

    def do_malformed(self):
        rng, t = self.rng, self.t
        self.inputs.append(rng.choice([
            "{", "nonsense", "[]", "null", "17", '"obs"', '{"kind":"tick"}', '{"t":1.5,"kind":"tick"}', '{"t":"1","kind":"tick"}',
            '{"t":-1,"kind":"tick"}', '{"t":9007199254740992,"kind":"tick"}', f'{{"t":{t}}}', f'{{"t":{t},"kind":7}}',
            f'{{"t":{t},"kind":"obs","service":"a","status":"degraded"}}', f'{{"t":{t},"kind":"obs","service":"a","source":"s0"}}',
            f'{{"t":{t},"kind":"obs","service":"a","source":"s0","status":3}}',
            f'{{"t":{t},"kind":"obs","service":"a","source":"s0","status":"degraded","every":-1}}',
            f'{{"t":{t},"kind":"obs","service":"a","source":"s0","status":"degraded","every":604801}}',
            f'{{"t":{t},"kind":"obs","service":"a","source":"s0","status":"degraded","stype":"guess"}}',
            f'{{"t":{t},"kind":"obs","service":"a","source":"s0","result":"perhaps"}}',
            f'{{"t":{t},"kind":"obs","service":"a","source":"s0","status":"degraded","ot":9007199254740992}}',
            f'{{"t":{t},"kind":"obs","service":"a","source":"s0","status":"degraded","seq":true}}',
            f'{{"t":{t},"kind":"hb"}}', f'{{"t":{t},"kind":"hb","collector":1}}', f'{{"t":{t},"kind":"ack","key":"service:a"}}',
            f'{{"t":{t},"kind":"ack","key":"service:a","by":"x","sticky":1}}', f'{{"t":{t},"kind":"maint_end"}}',
            f'{{"t":{t},"kind":"maint","id":"w","services":"a","start":0,"end":1}}',
            f'{{"t":{t},"kind":"maint","id":"w","services":[1],"start":0,"end":1}}',
            f'{{"t":{t},"kind":"maint","id":"w","services":[],"start":0,"end":1,"origin":"x"}}',
            f'{{"t":{t},"kind":"manual","service":"a"}}', f'{{"t":{t},"kind":"config","config":[]}}', f'{{"t":{t},"kind":"forget"}}',
            f'{{"t":{t},"kind":"forget","service":"a"}}', f'{{"t":{t},"kind":"forget","collector":"h0","service":"a"}}',
            f'{{"t":{t},"kind":"evidence","area":"backup","subject":"x","result":"good"}}',
            f'{{"t":{t},"kind":"report","what":"weather"}}', f'{{"t":{t},"kind":"report","what":"service"}}',
        ]))


def without(config, inputs, subjects):
    """The same scenario without kinds of input, or without flap, recur, depends, slo, routes, tiers."""
    off = {"flap": ("flap_enabled", False), "slo": ("slo_enabled", False), "recur": ("recur_limit", 100)}

    def plain(config):
        made = copy.deepcopy(config)
        for subject in subjects & off.keys():
            for place in [*made.get("engine", {}).get("tiers", {}).values(), *made["services"]]:
                place.pop(off[subject][0], None)
            made["engine"][off[subject][0]] = off[subject][1]
        if "slo" in subjects:
            for place in [made["engine"], *made["engine"].get("tiers", {}).values(), *made["services"]]:
                for name in (SLO_ENGINE | SLO_STAR | {"slo_eval_s": 0}).keys() & place.keys():
                    del place[name]
        if "tiers" in subjects:
            made["engine"].pop("tiers", None)
        for service in made["services"]:
            if "depends" in subjects:
                service.pop("depends_on", None)
        if "routes" in subjects:
            made.pop("routes", None)
        if "evidence" in subjects:
            made.pop("evidence", None)
        return made

    kept = [one for one in inputs if isinstance(one, str) or one["kind"] not in subjects]
    return plain(config), [one if isinstance(one, str) or one["kind"] != "config" else {**one, "config": plain(one["config"])}
                           for one in kept]


def durations(config):
    """The seconds that rules of this configuration may wait, up to an hour or so: a day of edges would be a day of reminders."""
    found = {30, 60, 90, 120, 300, 600}
    places = [config["engine"], *config["engine"].get("tiers", {}).values(), *config["services"], *config.get("evidence", [])]
    for place in places:
        found |= {value for name, value in place.items() if name.endswith("_s")}
    return {value for value in found if 0 < value <= 4000}
