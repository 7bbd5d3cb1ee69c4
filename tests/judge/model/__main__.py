# SPDX-License-Identifier: Apache-2.0
"""replay_model --config FILE [INPUT]: NDJSON inputs (standard input without INPUT) to NDJSON decisions.

Exit code 0; 2 on a fault in the configuration, 1 when a file cannot be read or written.
"""
import argparse
import json
import sys

from . import ConfigError, Engine, load


def main():
    options = argparse.ArgumentParser(prog="replay_model", description=__doc__.splitlines()[0])
    options.add_argument("--config", required=True, metavar="FILE", help="the configuration, JSON")
    options.add_argument("input", nargs="?", metavar="INPUT")
    given = options.parse_args()
    try:
        engine = Engine(load(given.config))
        with open(given.input, "rb") if given.input else sys.stdin.buffer as lines:
            for line in lines:
                for decision in engine.feed_line(line.rstrip(b"\n")):
                    print(json.dumps(decision, sort_keys=True, separators=(",", ":")))
    except ConfigError as fault:
        print(f"replay_model: {fault}", file=sys.stderr)
        return 2
    except OSError as fault:
        print(f"replay_model: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
