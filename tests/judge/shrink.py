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
        for i in range(len(inputs)):
            inputs = with_plainer_input(config, inputs, i, fails)
    return config, inputs


def with_plainer_input(config, inputs, i, fails):
    """The same for a configuration among the inputs, and for what an observation need not say."""
    def put(one):
        return [*inputs[:i], one, *inputs[i + 1:]]

    one = inputs[i]
    if not isinstance(one, dict):
        return inputs
    if one["kind"] == "config" and well_formed(one["config"]):
        return put({**one, "config": plainer(one["config"], lambda less: fails(config, put({**one, "config": less})))})
    for key in ("stype", "collector", "every", "seq", "boot", "sticky", "by", "slo_exclude"):
        less = {name: value for name, value in one.items() if name != key}
        if key in one and fails(config, put(less)):
            one = less
    return put(one)


def well_formed(config):
    return type(config.get("engine")) is dict and all(type(s) is dict for s in config.get("services", [None]))


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
