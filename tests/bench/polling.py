# SPDX-License-Identifier: Apache-2.0
"""The rows `polling` and `https` of the bench: many local pages, polled by the collector, by bare libcurl and by blackbox exporter."""
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.request

from support.processes import free_port
from support.vendor import summary
from support.wait import until

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Pages:
    """nginx with distinct Statuspages of 20 KB, ten a host (127.0.0.x), sent whole each time; `changing` ones differ each time.
    Over TLS each answer ends its connection."""

    def __init__(self, bench, n, tls=False, changing=False):
        self.directory = bench.directory / f"pages-{free_port()}"
        self.port = free_port()
        self.n, self.tls = n, tls
        hosts = (n + 9) // 10
        for i in range(n):
            folder = self.directory / "site" / str(i) / "api" / "v2"
            folder.mkdir(parents=True)
            page = summary("none", {f"Component {j} of page {i}": "operational" for j in range(160)})
            page["page"]["updated_at"] = "@tick@"
            (folder / "summary.json").write_text(json.dumps(page)[:-1] + ', "filler": "' + "x" * 4000 + '"}', encoding="ascii")
        self.bytes = (self.directory / "site/0/api/v2/summary.json").stat().st_size
        self.certificate = self.directory / "bundle.pem"
        listen = "".join(f" listen 127.0.0.{k + 1}:{self.port}{' ssl' if tls else ''};" for k in range(hosts))
        secured = ""
        if tls:
            own, key = self.directory / "own.pem", self.directory / "own.key"
            names = ",".join(f"IP:127.0.0.{k + 1}" for k in range(hosts))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                            "/CN=pages", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", own], check=True, capture_output=True)
            bundle = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
            self.certificate.write_bytes(own.read_bytes() + (bundle.read_bytes() if bundle.exists() else b""))
            secured = f"ssl_certificate {own}; ssl_certificate_key {key};"
        changes = 'sub_filter_types application/json; sub_filter "@tick@" "$request_id";' if changing else ""
        user = "user root;" if os.geteuid() == 0 else ""
        (self.directory / "nginx.conf").write_text(f"""
{user} worker_processes 1; daemon off; error_log stderr error; pid {self.directory}/nginx.pid;
events {{ worker_connections 4096; }}
http {{ access_log off; gzip off; keepalive_requests 1000000; keepalive_timeout {0 if tls else 75}; etag off; if_modified_since off; default_type application/json;
  client_body_temp_path {self.directory}/t1; proxy_temp_path {self.directory}/t2; fastcgi_temp_path {self.directory}/t3;
  uwsgi_temp_path {self.directory}/t4; scgi_temp_path {self.directory}/t5;
  server {{ {listen} {secured} root {self.directory}/site;
    {changes} }} }}""", encoding="ascii")
        bench.start("nginx", "-c", self.directory / "nginx.conf", "-p", self.directory, stdout=subprocess.DEVNULL)
        until(lambda: subprocess.run(["curl", "-skf", "-o", "/dev/null", self.url(0) + "/api/v2/summary.json"], check=False).returncode == 0, what="nginx")

    def url(self, i):
        return f"http{'s' if self.tls else ''}://127.0.0.{i // 10 + 1}:{self.port}/{i}"

    def documents(self):
        return [self.url(i) + "/api/v2/summary.json" for i in range(self.n)]

    def services(self, every_s):
        return [{"id": f"p{i:04}", "name": f"Page {i}", "category": "engineering",
                 "feed": {"type": "statuspage", "url": self.url(i), "every": f"{every_s}s", "timeout": "5s", "allow_http": True,
                          "allow_addresses": ["127.0.0.0/8"]}} for i in range(self.n)]


class Exporter:
    """prometheus-blackbox-exporter, asked for each page once a period."""

    def __init__(self, bench, urls, period_s):
        binary = bench.options.blackbox or shutil.which("prometheus-blackbox-exporter")
        config = bench.directory / "blackbox.yml"
        config.write_text(json.dumps({"modules": {"http_2xx": {"prober": "http", "timeout": "5s"}}}), encoding="ascii")
        self.port = free_port()
        self.process = bench.start(binary, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error",
                                   stdout=subprocess.DEVNULL)
        until(lambda: urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/healthy", timeout=2).status == 200, what="the exporter")
        self.urls, self.period_s = urls, period_s
        self.done = self.failed = 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.ask, args=(k,), daemon=True) for k in range(8)]
        for thread in self.threads:
            thread.start()

    def ask(self, k):
        begun, mine = time.monotonic(), self.urls[k::8]
        i = 0
        while not self.stopping.wait(max(0.0, begun + i * self.period_s / len(mine) - time.monotonic())):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/probe?module=http_2xx&target={mine[i % len(mine)]}", timeout=10) as answer:
                    good = b"probe_success 1" in answer.read()
            except OSError:
                good = False
            with self.lock:
                self.done += 1
                self.failed += not good
            i += 1

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(15)
        self.process.kill()


def paced(bench, mode, pages, period_ms, periods):
    """Starts paced_poller on the pages; its figures come from finish()."""
    process = bench.start(bench.build / "tests" / "bench" / "paced_poller", mode, pages.certificate, period_ms, periods, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True, env={**os.environ, "SSL_CERT_FILE": str(pages.certificate)})
    process.stdin.write("\n".join(pages.documents()) + "\n")
    process.stdin.close()
    return process


def finish(process):
    figures = json.loads(process.stdout.readline())
    assert figures["failed"] == 0, figures
    return figures


def polling(bench, smaps):
    for changing in (False, True):
        polled(bench, smaps, changing)


def polled(bench, smaps, changing):
    """One collector, 1,000 pages, against the exporter and bare libcurl, all at once and at the same pace."""
    words = "every page changed and parsed each time" if changing else "pages that stay the same"
    period_s, rounds = bench.options.period, bench.options.rounds
    pages = Pages(bench, bench.options.pages, changing=changing)
    house = bench.house(f"polling-{changing}")
    house.authorize("one")
    house.write_services(pages.services(period_s))
    house.write_aggregator(log={"level": "warning"})
    house.write_collector("one", log={"level": "warning"})
    house.start_aggregator()
    collector = house.start_collector("one")
    exporter = Exporter(bench, pages.documents(), period_s)
    bare = paced(bench, "bare", pages, period_s * 1000, rounds + 1)

    def told(name):
        return house.metric(f"tocsin_collector_{name}", 'collector="one"')

    until(lambda: house.json("/api/summary")["counts"].get("operational", 0) == pages.n, 60 + period_s, "every page")
    begun = {name: told(name) for name in ("polls_total", "polls_parsed_total")}
    cpu, exporter_cpu, asked = cpu_seconds(collector.popen.pid), cpu_seconds(exporter.process.pid), exporter.done
    time.sleep(period_s * rounds)
    n, asked = told("polls_total") - begun["polls_total"], exporter.done - asked
    ours = (cpu_seconds(collector.popen.pid) - cpu) * 1000 / n
    theirs = (cpu_seconds(exporter.process.pid) - exporter_cpu) * 1000 / asked
    assert exporter.failed == 0 and (told("polls_parsed_total") - begun["polls_parsed_total"] == n if changing else True)
    exporter.stop()
    figures = finish(bare)
    memory = {name: smaps(pid)["Private_Dirty"] / 1024 for name, pid in (("ours", collector.popen.pid), ("bare", bare.pid))}
    bare.kill()
    house.stop()
    print(f"polling: {ours / theirs:.2f} of blackbox exporter; {ours:.2f} against {theirs:.2f} CPU s per 1,000 polls of {pages.n} pages of "
          f"{pages.bytes} bytes each {period_s} s, {words}; bare libcurl {figures['cpu_s'] * 1000 / figures['polls']:.2f}", flush=True)
    print(f"polling, memory: {memory['ours'] / memory['bare']:.2f} of bare libcurl; {memory['ours']:.2f} against {memory['bare']:.2f} MiB "
          f"private dirty: {words}", flush=True)


def https(bench, tell):
    """The client that the collector polls with, and bare libcurl, fresh connections to the same pages, turn by turn."""
    pages = Pages(bench, 100, tls=True)

    def slice_of(mode):
        process = paced(bench, mode, pages, 2000, 4)
        figures = finish(process)
        process.kill()
        return figures["cpu_s"] * 1000 / figures["polls"] * 1000

    tell("https", "fresh TLS connections, the distribution's bundle, 50 a second, CPU time", bench.pairs(lambda: slice_of("client"), lambda: slice_of("bare")),
         "ms per 1,000 polls", "bare libcurl")
