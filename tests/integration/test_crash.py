# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments: nothing acknowledged is lost, nothing is applied twice."""
import random

from support.store import Store

CHECKS = 40
ROUNDS = 50


def test_50_kills_under_load(house, collector, proto):
    """Each check's level spells a counter, so that what is stored tells exactly which observation was applied last."""
    house.authorize("py")
    house.write_services([{"id": "acme", "name": "Acme", "category": "engineering"}])
    house.write_aggregator(engine={"late_after_s": 3600})
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    house.start_aggregator()
    one = collector("py")
    one.greet()
    unacked = []                                     # batches sent and not yet acknowledged: (first, items)
    details = {}

    def send():
        items, first = [], one.sequence + 1
        for i in range(chance.randrange(1, 65)):
            sequence = first + i
            check = f"c{sequence % CHECKS}"
            items.append(one.report(check, 1 + sequence % 4, detail=f"n{sequence}"))
            details[sequence] = (check, f"n{sequence}")
        unacked.append((first, items))
        one.batch(items, first=first)

    for _ in range(ROUNDS):
        for _ in range(chance.randrange(1, 30)):
            send()
            one.read(chance.choice((0, 0, 0.002)))
        house.aggregator.kill()
        acked_before = one.acked
        house.start_aggregator()
        welcome = one.greet()
        assert welcome.through_sequence >= acked_before, "an acknowledged item was lost"
        one.acked = max(one.acked, welcome.through_sequence)
        unacked = [(first, items) for first, items in unacked if first + len(items) - 1 > one.acked]
        for first, items in unacked:                 # resend, as a collector does
            one.batch(items, first=first)
    one.wait(lambda: one.acked >= one.sequence, 60, "the last ack")

    last = {}
    for sequence in sorted(details):
        check, detail = details[sequence]
        last[check] = (detail, sequence)
    stored = {check["check"]: check for check in house.json("/api/hosts/py?limit=1000")["checks"]}
    assert len(stored) == CHECKS
    for check, (detail, sequence) in last.items():
        assert stored[check]["detail"] == detail, f"{check}: {stored[check]['detail']} instead of {detail}"
    assert house.metric("tocsin_items_lost_total") == 0
    house.aggregator.stop()

    store = Store(house.data / "tocsin.mdb", proto)
    inputs = store.observations()
    store.close()
    assert sorted(sequence for _, _, sequence in inputs) == sorted(details), "each exactly once"
    assert len({number for number, _, _ in inputs}) == len(inputs), "each input number exactly once"
    for _, source, sequence in inputs:
        assert source == f"py/{details[sequence][0]}"
