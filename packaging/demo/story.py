#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tells how the demo's story ended, from what the sink has recorded.

    story.py RECORD         exit 0: one alert, one recovery, all labelled; 1: not (yet); 2: it went wrong for good

Looked at again and again by packaging/quickstart until it is over.
"""
import json
import pathlib
import sys
import time


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def wrongs(messages):
    """What must never be among them."""
    for message in messages:
        if message["faults"]:
            yield f"Slack would refuse {message['header']!r}: {message['faults'][0]}"
        if not message["demo"]:
            yield f"not labelled as demo: {message['text']!r}"
        if "Acme Pay" not in message["header"]:
            yield f"an alert that nobody needed: {message['header']!r}"


def clock(at):
    return time.strftime("%H:%M:%S", time.localtime(at))


def main():
    messages = read(pathlib.Path(sys.argv[1]))
    raised = [m for m in messages if "Major outage" in m["header"]]
    ended = [m for m in messages if "recovered" in m["header"]]
    for wrong in (found := list(wrongs(messages))):
        print(wrong)
    if found or len(raised) > 1 or len(ended) > 1 or len(messages) > 2:
        print(f"{len(raised)} alerts and {len(ended)} recoveries in {len(messages)} messages, expected one of each")
        return 2
    if len(ended) < 1 or len(raised) < 1:
        return 1
    print(f"{clock(raised[0]['at'])}  Acme Pay's outage was confirmed over several polls, and alerted once.")
    print(f"{clock(ended[0]['at'])}  It was over, and that was told once.")
    print("          Mailbird was degraded for four seconds in between: a blip, so nobody was told.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
