# SPDX-License-Identifier: Apache-2.0
"""Reads a stopped aggregator's store as a stranger would: LMDB and the schema, none of our own code."""
import lmdb


class Store:
    def __init__(self, path, proto):
        self.environment = lmdb.open(str(path), subdir=False, readonly=True, lock=False, max_dbs=64)
        self.rows = proto[2]

    def table(self, name, message):
        """(key, decoded row) of each row, in key order."""
        with self.environment.begin() as txn:
            handle = self.environment.open_db(name.encode(), txn, create=False)
            for key, value in txn.cursor(handle):
                yield bytes(key), getattr(self.rows, message).FromString(bytes(value))

    def observations(self):
        """Every observation that was ever an input: (input number, source, sequence), from journal and open runs."""
        found = []
        for _, row in self.table("journal", "JournalRow"):
            if row.WhichOneof("entry") == "run" and not row.run.collector:
                found += unfold(row.run)
        for _, row in self.table("sources", "SourceRow"):
            if row.run:
                found += unfold(self.rows.Run.FromString(row.run))
        return sorted(found)

    def close(self):
        self.environment.close()


def unfold(run):
    source, sequence, number = run.first.source, run.first.seq, run.input
    inputs = [(number, source, sequence)]
    values = list(varints(run.repeats))
    for i in range(0, len(values), 4):
        number += values[i]
        sequence += values[i + 3]
        inputs.append((number, source, sequence))
    assert len(inputs) == run.count, f"a run of {run.count} holds {len(inputs)}"
    return inputs


def varints(data):
    """Zigzag varints."""
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield (value >> 1) ^ -(value & 1)
            value = shift = 0
