# SPDX-License-Identifier: Apache-2.0
"""A network of the test's own, whose one line to the world can be cut.

The thread that makes it moves into a new network namespace, and so do the processes it starts; a child process is the
world, in a namespace of its own, at the other end of a pair of virtual interfaces. Nothing of the machine's network is touched.
"""
import ctypes
import os
import pathlib
import subprocess
import sys

from support.wait import until

CLONE_NEWNET = 0x40000000
OURS, WORLD = "198.18.0.1", "198.18.0."          # RFC 2544: addresses for tests


def _call(function, *args):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*args) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _ip(*words, world=None):
    command = ["ip", *words] if world is None else ["nsenter", f"--net=/proc/{world}/ns/net", "ip", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def _enter():
    """Moves this thread into a network of its own; returns the way home."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("unshare", CLONE_NEWNET)
    except OSError as fault:
        os.close(home)
        raise AssertionError("this test makes a network of its own, for which it needs CAP_SYS_ADMIN (run it as root): "
                             f"unshare: {fault.strerror}") from None
    _ip("link", "set", "lo", "up")
    return home


def _return(home):
    _call("setns", home, CLONE_NEWNET)
    os.close(home)


class Island:
    """A network without a world: loopback alone, on which these addresses are. What leads elsewhere is refused at once."""

    def __init__(self, addresses):
        self.home = _enter()
        try:
            for address in addresses:
                if ":" in address and not os.path.exists("/proc/sys/net/ipv6"):
                    continue                      # a kernel without IPv6 reaches none of them
                _ip("address", "add", f"{address}/{128 if ':' in address else 32}", "dev", "lo", *(["nodad"] if ":" in address else []))
        except BaseException:
            self.close()
            raise

    def close(self):
        _return(self.home)


class Network:
    """world: the last bytes of the addresses that exist out there, all of them the same web server on this port."""

    def __init__(self, hosts, port):
        self.home = _enter()
        self.world = None
        try:
            self._lay(hosts, port)
        except BaseException:
            self.close()
            raise

    def _lay(self, hosts, port):
        # pylint: disable-next=consider-using-with
        self.world = subprocess.Popen(["unshare", "--net", sys.executable, "-m", "support.world", str(port)], stdin=subprocess.DEVNULL,
                                      cwd=pathlib.Path(__file__).parent.parent)
        own = os.readlink("/proc/thread-self/ns/net")
        until(lambda: os.readlink(f"/proc/{self.world.pid}/ns/net") != own, 20, "the world's own network")
        pid = str(self.world.pid)
        _ip("link", "add", "line", "type", "veth", "peer", "name", "line", "netns", pid)
        _ip("address", "add", f"{OURS}/24", "dev", "line")
        _ip("link", "set", "line", "up")
        for host in hosts:
            _ip("address", "add", f"{WORLD}{host}/24", "dev", "line", world=pid)
        self.hosts = hosts
        _ip("link", "set", "line", "up", world=pid)

    def cut_here(self):
        """Our end is pulled out: what leads outside is refused at once."""
        _ip("link", "set", "line", "down")

    def cut_there(self):
        """The far end is gone, and nobody tells us: what is sent is never answered."""
        mac = _ip("-brief", "link", "show", "line", world=self.world.pid).split()[2]
        for host in self.hosts:
            _ip("neighbour", "replace", f"{WORLD}{host}", "lladdr", mac, "nud", "permanent", "dev", "line")
        _ip("link", "set", "line", "down", world=self.world.pid)

    def mend(self):
        _ip("link", "set", "line", "up", world=self.world.pid)
        _ip("link", "set", "line", "up")

    def close(self):
        if self.world is not None:
            self.world.kill()
            self.world.wait(20)
        _return(self.home)
