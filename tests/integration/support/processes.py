# SPDX-License-Identifier: Apache-2.0
"""The real binaries, started with a configuration of the test's own in a directory on disk."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import urllib.error
import urllib.request

from .wait import until

SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One run of a binary; its output is kept in a file for the failure report."""

    def __init__(self, command, directory, name, env=None):
        self.name = name
        self.log_path = directory / f"{name}.log"
        self.log = open(self.log_path, "ab")
        self.popen = subprocess.Popen([str(part) for part in command], cwd=directory, stdin=subprocess.DEVNULL,
                                      stdout=self.log, stderr=self.log,
                                      env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "LANG": "C.UTF-8", **SANITIZERS, **(env or {})})

    def alive(self):
        return self.popen.poll() is None

    def output(self):
        self.log.flush()
        return self.log_path.read_text(errors="replace")

    def events(self, event=None):
        """The log lines as objects, all or those of one event."""
        found = []
        for line in self.output().splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if event is None or row.get("event") == event:
                found.append(row)
        return found

    def kill(self):
        """SIGKILL: the death that nothing can prepare for."""
        if self.alive():
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(20)

    def signal(self, number):
        self.popen.send_signal(number)

    def stop(self, seconds=20):
        """SIGTERM; the exit code must be 0 and the sanitizers silent."""
        if self.alive():
            self.popen.send_signal(signal.SIGTERM)
        try:
            code = self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop in {seconds} s:\n{self.output()[-4000:]}") from None
        self.log.close()
        assert code == 0, f"{self.name} ended with {code}:\n{self.log_path.read_text(errors='replace')[-6000:]}"


class House:
    """A directory with keys, configuration, an aggregator and its collectors."""

    def __init__(self, build, directory):
        self.build = pathlib.Path(build)
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.aggregator_bin = self.build / "aggregator" / "tocsin-aggregator"
        self.collector_bin = self.build / "collector" / "tocsin-collector"
        self.data = self.directory / "data"
        self.authorized = self.directory / "authorized"
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.authorized.mkdir(exist_ok=True)
        self.wire_port = free_port()
        self.http_port = free_port()
        self.aggregator = None
        self.processes = []
        self.keygen("server")

    # -- keys and files

    def keygen(self, name):
        if not (self.directory / f"{name}.key").exists():
            subprocess.run([self.collector_bin, "keygen", self.directory / name], check=True, capture_output=True, timeout=60,
                           env={**os.environ, **SANITIZERS})
        return (self.directory / f"{name}.pub").read_text().strip()

    def authorize(self, name, services=True):
        (self.authorized / name).write_text(self.keygen(name) + "\n" + ("services\n" if services else ""))

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def write_services(self, services):
        """services: list of objects; YAML reads JSON."""
        return self.write("services.yaml", json.dumps({"services": services}))

    def write_aggregator(self, engine=None, webhook=None, **sections):
        config = {
            "server": {"listen": f"tcp://127.0.0.1:{self.wire_port}", "key_file": str(self.directory / "server.key"),
                       "authorized_collectors": str(self.authorized)},
            "http": {"host": "127.0.0.1", "port": self.http_port},
            "store": {"data_dir": str(self.data), "map_size": "1GiB"},
            "engine": engine or {},
            "services_file": "services.yaml",
            "log": {"level": "debug"},
        }
        if webhook:
            config["channels"] = [{"name": "chat", "slack": {"webhook_url": webhook, "allow_http": True}}]
        for section, values in sections.items():
            config[section] = {**config.get(section, {}), **values} if isinstance(values, dict) else values
        return self.write("aggregator.yaml", json.dumps(config))

    def write_collector(self, name="one", **sections):
        config = {
            "server": {"endpoint": f"tcp://127.0.0.1:{self.wire_port}", "server_key_file": str(self.directory / "server.pub"),
                       "key_file": str(self.directory / f"{name}.key")},
            "services_file": "services.yaml",
            "host": {"enabled": False},
            "log": {"level": "debug"},
        }
        for section, values in sections.items():
            config[section] = {**config.get(section, {}), **values} if isinstance(values, dict) else values
        return self.write(f"collector-{name}.yaml", json.dumps(config))

    # -- processes

    def start_aggregator(self, env=None, ready=True):
        self.aggregator = Process([self.aggregator_bin, "run", "--config", self.directory / "aggregator.yaml"], self.directory,
                                  "aggregator", env)
        self.processes.append(self.aggregator)
        if ready:
            until(lambda: self.dead_or(lambda: self.get("/readyz")[0] == 200), 40, "readiness of the aggregator")
        return self.aggregator

    def dead_or(self, condition):
        if not self.aggregator.alive():
            raise SystemExit(f"the aggregator ended:\n{self.aggregator.output()[-6000:]}")
        return condition()

    def start_collector(self, name="one", env=None):
        process = Process([self.collector_bin, "run", "--config", self.directory / f"collector-{name}.yaml"], self.directory,
                          f"collector-{name}", env)
        self.processes.append(process)
        return process

    def run(self, program, *args, env=None, **options):
        """A subcommand; returns the completed process."""
        binary = {"aggregator": self.aggregator_bin, "collector": self.collector_bin}[program]
        return subprocess.run([str(binary), *map(str, args)], capture_output=True, text=True, timeout=60, cwd=self.directory,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.directory), **SANITIZERS, **(env or {})}, check=False, **options)

    def stop(self):
        """Everything that still runs must end cleanly."""
        faults = []
        for process in reversed(self.processes):
            try:
                if process.alive():
                    process.stop()
            except AssertionError as fault:
                faults.append(str(fault))
            text = process.log_path.read_text(errors="replace")
            if "Sanitizer" in text or "runtime error:" in text:
                faults.append(f"{process.name}: a sanitizer spoke:\n{text[-6000:]}")
        assert not faults, "\n".join(faults)

    # -- HTTP

    def request(self, method, path, body=None, headers=None, timeout=15):
        """(status, headers, bytes); an HTTP error is an answer."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", data=data, method=method,
                                         headers={**({"Content-Type": "application/json"} if data is not None else {}), **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code, fault.headers, fault.read()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def json(self, path, **options):
        status, _, body = self.get(path, **options)
        assert status == 200, f"GET {path}: {status} {body[:500]!r}"
        return json.loads(body)

    def service(self, service):
        return self.json(f"/api/services/{service}")

    def metric(self, name, labels=""):
        """The value of one sample of /metrics; 0 when it is not there."""
        wanted = f"{name}{{{labels}}}" if labels else name
        for line in self.get("/metrics")[2].decode().splitlines():
            if line.startswith(wanted + " "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0
