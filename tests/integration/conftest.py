# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a house (directory, binaries, configuration), a vendor, a sink. What a test starts ends with it."""
import pathlib

import pytest
import zmq

from support import wire
from support.processes import House
from support.sink import Hook, Pager, Sink
from support.vendor import Vendor


def pytest_addoption(parser):
    parser.addoption("--build", required=True, help="the build directory that holds the binaries")


@pytest.fixture
def house(request, tmp_path):
    made = House(request.config.getoption("--build"), tmp_path / "house")
    yield made
    made.stop()


@pytest.fixture
def vendor():
    made = Vendor()
    yield made
    made.stop()


@pytest.fixture
def sink():
    made = Sink()
    yield made
    made.stop()


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.stop()


@pytest.fixture
def pager():
    made = Pager()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def proto(tmp_path_factory):
    return wire.schema(tmp_path_factory.mktemp("schema"))


@pytest.fixture
def context():
    made = zmq.Context()
    yield made
    made.destroy(linger=0)


@pytest.fixture
def collector(house, proto, context):
    """collector("name"): a Python collector with that name's key, connected to the house."""
    made = []

    def make(name="py", **options):
        keys = options.pop("keys", None)
        if keys is None:
            public = house.keygen(name)
            keys = (public, pathlib.Path(house.directory / f"{name}.key").read_text().strip())
        one = wire.Collector(context, f"tcp://127.0.0.1:{house.wire_port}", proto, keys,
                             options.pop("server_key", None) or house.keygen("server"),
                             options.pop("immediate", True))
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()
