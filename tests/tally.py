#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts single tests in what meson (testlog*.json) or pytest (JUnit XML) wrote: prints "PASSED FAILED SKIPPED"."""
import json
import re
import sys
import xml.etree.ElementTree as tree


def of_meson(path):
    passed = failed = skipped = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            test = json.loads(line)
            text = (test.get("stdout") or "") + (test.get("stderr") or "")
            ok = len(re.findall(r"^\[\s+OK \]", text, re.MULTILINE))
            bad = len(set(re.findall(r"^\[\s+FAILED\s+\] (\w+)$", text, re.MULTILINE)))
            if test["result"] not in ("OK", "EXPECTEDFAIL"):
                bad = max(bad, 1)          # it crashed, hung or leaked: at least one failure
            elif ok == 0:
                ok = 1                     # a test that is no cmocka group
            passed, failed = passed + ok, failed + bad
            skipped += len(set(re.findall(r"^\[\s+SKIPPED\s+\] (\w+)$", text, re.MULTILINE)))
    return passed, failed, skipped


def of_junit(path):
    passed = failed = skipped = 0
    for suite in tree.parse(path).getroot().iter("testsuite"):
        tests, bad = int(suite.get("tests")), int(suite.get("failures")) + int(suite.get("errors"))
        skip = int(suite.get("skipped"))
        passed, failed, skipped = passed + tests - bad - skip, failed + bad, skipped + skip
    return passed, failed, skipped


def main():
    totals = [0, 0, 0]
    for path in sys.argv[1:]:
        try:
            counts = of_junit(path) if path.endswith(".xml") else of_meson(path)
        except (OSError, tree.ParseError, ValueError) as fault:
            print(f"{path}: {fault}", file=sys.stderr)
            counts = (0, 1, 0)             # a suite that left no report did not pass
        totals = [a + b for a, b in zip(totals, counts)]
    print(*totals)


if __name__ == "__main__":
    main()
