# SPDX-License-Identifier: Apache-2.0
"""A file system that is really full: nothing is acknowledged, nothing is lost, and it goes on when there is room."""
import os
import subprocess

import pytest

from support.processes import Process
from support.wait import stays, until


def mounter():
    """How a file system of a few megabytes gets under the store: in a mount namespace of the process's own (as root, or as anyone
    where the kernel allows it), else, in a chroot as root, by a plain mount. Returns (command before the program, plain?)."""
    prefix = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
        return prefix, False
    return ([], True) if os.geteuid() == 0 else (None, False)


def test_a_full_disk_loses_nothing(house, collector):
    prefix, plain = mounter()
    if prefix is None:
        pytest.fail("this test needs a mount namespace: run as root, or allow unprivileged user namespaces")
    house.authorize("py")
    house.write_services([{"id": "acme", "name": "Acme", "category": "engineering"}])
    house.write_aggregator()
    script = f'mount -t tmpfs -o size=6m,mode=0700 none "{house.data}" && exec "{house.aggregator_bin}" run --config aggregator.yaml'
    try:
        house.aggregator = Process([*prefix, "sh", "-c", script], house.directory, "aggregator")
        house.processes.append(house.aggregator)
        until(lambda: house.dead_or(lambda: house.get("/readyz")[0] == 200), 40, "readiness")
        fill_and_free(house, collector)
        house.aggregator.stop()
    finally:
        if plain:
            house.aggregator.kill()
            subprocess.run(["umount", "--lazy", str(house.data)], check=True)


def fill_and_free(house, collector):
    inside = f"/proc/{house.aggregator.popen.pid}/root{house.data}"

    one = collector("py")
    one.greet()
    last = one.batch([one.report("cpu", 1)])
    one.wait(lambda: one.acked >= last)

    with open(f"{inside}/filler", "wb") as filler:
        try:
            while True:
                filler.write(b"x" * 65536)
                filler.flush()
        except OSError:
            pass                                             # full

    def refused():
        # Enough to need pages the file does not have yet.
        one.batch([one.report(f"disk{i}", 1 + one.sequence % 4, detail="x" * 400) for i in range(64)])
        one.read(0.05)
        status, _, body = house.get("/readyz")
        return status == 503 and (b"full" in body or b"space" in body.lower()) and body
    until(refused, 30, "the words of /readyz")
    acked = one.acked
    stays(lambda: not one.read() or one.acked == acked, 2, "no ack without a commit")
    status, _, body = house.request("POST", "/api/admin/status", {"service_id": "acme", "new_status": "degraded", "reason": "x"},
                                    headers={"Authorization": "Bearer toc_nobody"})
    assert status in (401, 503), body
    assert house.get("/api/services")[0] == 200, "reads go on"

    os.unlink(f"{inside}/filler")
    one.wait(lambda: one.acked >= one.sequence, 30, "the acks, once there is room")
    until(lambda: house.get("/readyz")[0] == 200, 20, "readiness again")
    host = house.json("/api/hosts/py?limit=1000")
    assert len(host["checks"]) == 65
