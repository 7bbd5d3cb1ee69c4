#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the arrows between the rooms: an #include may point down the table below, never back.

    tests/includes.py [ROOT]      exit 1 and one line for each arrow that points the wrong way
"""
import pathlib
import re
import sys

# room: the rooms its files may include from, besides itself. The longest room name that is a prefix of a path is its room.
ROOMS = {
    "proto": [],
    "common": ["proto"],
    "collector/feeds": ["common"],
    "collector/probes": ["common", "proto"],
    "collector": ["collector/feeds", "collector/probes", "common", "proto"],
    "aggregator/engine": ["common/status", "common/minutes", "common/burn", "common/params", "common/limits", "common/mem", "common/text", "proto"],
    "aggregator/store": ["proto", "common"],
    "aggregator/inbox": ["common", "proto"],
    "aggregator/config": ["aggregator/engine/config", "aggregator/engine/readiness", "common", "proto"],
    "aggregator/notify": ["common", "proto", "aggregator/store", "aggregator/inbox", "aggregator/config"],
    "aggregator/api": ["common", "proto", "aggregator/store", "aggregator/inbox", "aggregator/config",
                       "aggregator/engine/config", "aggregator/engine/effective", "aggregator/engine/explain", "aggregator/engine/graph",
                       "aggregator/engine/readiness"],
    "aggregator/cli": ["common", "proto", "aggregator/store", "aggregator/config", "aggregator/notify/trial"],
    "aggregator/replay": ["common", "proto", "aggregator/engine", "aggregator/store", "aggregator/config", "aggregator/cli"],
    "aggregator": ["aggregator/cli", "aggregator/replay", "aggregator/inbox", "aggregator/engine", "aggregator/store", "aggregator/config",
                   "aggregator/notify", "aggregator/api", "common", "proto"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def room_of(path):
    fits = [room for room in ROOMS if path == room or path.startswith(room + "/")]
    return max(fits, key=len) if fits else None


def allowed(room, target):
    if room_of(target) == room:
        return True
    stem = target.rsplit(".", 1)[0]
    return any(stem == door or room_of(target) == door for door in ROOMS[room])


def wrong_arrows(root):
    for path in sorted(root.rglob("*.[ch]")):
        name = path.relative_to(root).as_posix()
        room = room_of(name)
        if room is None or name.startswith("build"):
            continue
        for target in INCLUDE.findall(path.read_text()):
            if room_of(target) is None:
                yield f"{name}: includes {target!r}, which is not written from the root or in no room"
            elif not allowed(room, target):
                yield f"{name}: {room} may not include {target}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    wrong = list(wrong_arrows(root))
    print("\n".join(wrong) if wrong else "every include points down")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
