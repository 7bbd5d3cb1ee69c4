# SPDX-License-Identifier: Apache-2.0
"""A second alert engine, slow and literal, to judge the first by.

    engine = Engine(config)                     # config: a dict as in the file, or what config.load() returned
    engine.feed({"t": 0, "kind": "tick"})       # -> the decisions of this input, a list of dicts
    engine.feed_line(b'{"t": 0, ...}')          # the same from one line of NDJSON, well-formed or not

Each subject has a file: functions that take the engine as their first argument and change its state. Rule ids (C3, N5) name
the rules that a function follows.
"""
from .config import ConfigError, load
from .engine import Engine

__all__ = ["ConfigError", "Engine", "load"]
