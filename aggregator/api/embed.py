#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes files into one C source, compressed, each under a name that holds its hash: embed.py OUT.c FILE..."""
import hashlib
import pathlib
import sys
import zlib

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json"}


def main(out, *paths):
    lines = ["/* Made by embed.py; do not edit. */", '#include "aggregator/api/assets.h"', ""]
    rows = []
    for number, path in enumerate(map(pathlib.Path, paths)):
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()[:12]
        packed = zlib.compress(data, 9)
        lines.append(f"static const unsigned char file{number}[] = {{")
        lines += ["    " + " ".join(f"{byte}," for byte in packed[i:i + 24]) for i in range(0, len(packed), 24)]
        lines.append("};")
        rows.append(f'    {{"{path.name}", "/assets/{path.stem}-{digest}{path.suffix}", "{TYPES[path.suffix]}", file{number}, {len(packed)}, {len(data)}}},')
    lines += ["", "const struct asset assets[] = {", *rows, "};", f"const size_t n_assets = {len(rows)};", ""]
    pathlib.Path(out).write_text("\n".join(lines))


main(*sys.argv[1:])
