# SPDX-License-Identifier: Apache-2.0
"""The program that is judged: found in a build directory, run on one scenario."""
import json
import pathlib
import subprocess


class Broken(Exception):
    """It did not run to its end: what it said."""


def find(build):
    """The binary in a build directory, or beside its own build files."""
    for place in ("aggregator/tocsin-aggregator", "tocsin-aggregator"):
        if (path := pathlib.Path(build) / place).is_file():
            return path
    raise SystemExit(f"{build}: no tocsin-aggregator in it; build it with: ninja -C {build} aggregator/tocsin-aggregator")


def replay(binary, config, lines, directory, timeout_s=60):
    """The decisions on these inputs: dicts, or strings where a line is not well-formed."""
    config_file, input_file = directory / "config.json", directory / "input.ndjson"
    config_file.write_text(json.dumps(config))
    input_file.write_text("".join(as_line(one) + "\n" for one in lines))
    try:
        done = subprocess.run([binary, "replay", "--config", config_file, input_file], capture_output=True, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise Broken(f"no end after {timeout_s} s") from None
    if done.returncode != 0:
        raise Broken(f"exit code {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_line(one):
    return one if isinstance(one, str) else json.dumps(one)
