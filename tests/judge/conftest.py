# SPDX-License-Identifier: Apache-2.0
"""Who is asked: the model, and with --build the program too."""
import pathlib

import pytest

import program
from model import Engine


def pytest_addoption(parser):
    parser.addoption("--build", help="a build directory: its tocsin-aggregator is asked as well")


def pytest_generate_tests(metafunc):
    if "replay" in metafunc.fixturenames:
        asked = ["model"] + (["program"] if metafunc.config.getoption("--build") else [])
        metafunc.parametrize("replay", asked, indirect=True)


def of_model(config, inputs):
    engine = Engine(config)
    return [decision for one in inputs for decision in engine.feed(one)]


@pytest.fixture
def replay(request, tmp_path):
    """(config, inputs) -> decisions."""
    if request.param == "model":
        return of_model
    binary = program.find(pathlib.Path(request.config.getoption("--build")))
    return lambda config, inputs: program.replay(binary, config, inputs, tmp_path)
