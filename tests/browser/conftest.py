# SPDX-License-Identifier: Apache-2.0
"""The page in the distribution's Chromium: a house as in the integration tests, and scenarios in page.mjs."""
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))
from support.processes import House  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--build", required=True, help="the build directory that holds the binaries")


@pytest.fixture
def house(request, tmp_path):
    made = House(request.config.getoption("--build"), tmp_path / "house")
    yield made
    made.stop()


@pytest.fixture
def browser(house, tmp_path):
    """browser("scenario", KEY=value): runs one scenario of page.mjs against the house; its words are the failure."""

    def run(scenario, **variables):
        done = subprocess.run(["node", HERE / "page.mjs", scenario], capture_output=True, text=True, timeout=200, check=False,
                              env={**os.environ, "BASE": f"http://127.0.0.1:{house.http_port}", "PROFILE": str(tmp_path / "profile"),
                                   "SHOTS": str(tmp_path), "PID": str(house.aggregator.popen.pid), **{k: str(v) for k, v in variables.items()}})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
