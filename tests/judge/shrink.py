# SPDX-License-Identifier: Apache-2.0
"""Makes a scenario small: leaves out whatever it can, as long as it still fails."""
import copy


def shrunk(config, inputs, fails):
    """fails(config, inputs) -> bool holds for what is given and for what is returned."""
    before = None
    while before != (config, inputs):
        before = (copy.deepcopy(config), list(inputs))
        inputs = fewer(inputs, lambda less: fails(config, less))
        config = plainer(config, lambda less: fails(less, inputs))
    return config, inputs


def fewer(items, fails):
    """Blocks left out, halving until single ones."""
    size = max(len(items) // 2, 1)
    while size:
        start = 0
        while start < len(items):
            less = items[:start] + items[start + size:]
            if fails(less):
                items = less
            else:
                start += size
        size //= 2
    return items


def plainer(config, fails):
    """Keys and services left out one by one."""
    for path in list(paths(config)):
        less = without(config, path)
        if less is not None and fails(less):
            config = less
    return config


def paths(config):
    """What may be left out, from the last to the first, so that positions in lists stay true."""
    for key in ("evidence", "routes"):
        if key in config:
            yield (key,)
            yield from ((key, i) for i in reversed(range(len(config[key]))))
    for i in reversed(range(len(config["services"]))):
        yield ("services", i)
        yield from (("services", i, key) for key in config["services"][i] if key != "id")
    for tier in config["engine"].get("tiers", {}):
        yield ("engine", "tiers", tier)
        yield from (("engine", "tiers", tier, key) for key in config["engine"]["tiers"][tier])
    yield from (("engine", key) for key in config["engine"])


def without(config, path):
    """A copy without what stands there; None when it is gone already."""
    made = copy.deepcopy(config)
    try:
        place = made
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
    except (KeyError, IndexError):
        return None
    return made
