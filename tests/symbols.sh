#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two rooms that export one name: the linker silently takes either. Prints each such name; exit 1 when there is one.
#
#     tests/symbols.sh BUILD_DIR
set -euo pipefail
cd "${1:?which build directory?}"
twice=$(find . -name '*.a' -path './*/lib*.a' | while read -r library; do
    nm -g --defined-only "$library" 2>/dev/null | awk '$2 ~ /^[TDBRV]$/ {print $3}' | grep -vE '^__(asan|odr|sanitizer)' | sort -u
done | sort | uniq -d)
[[ -z $twice ]] || { printf 'exported by two libraries: %s\n' $twice; exit 1; }
