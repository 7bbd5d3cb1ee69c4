# SPDX-License-Identifier: Apache-2.0
"""Large pages of invented vendors, of a given size, always the same: what the feeds bench has parsed."""
import json
import random

WORDS = ("service latency elevated for some customers in this region while our engineers continue to investigate the cause and "
         "mitigation work is under way with a rollback of the last change expected to finish shortly").split()


def sentences(rng, n):
    return " ".join(rng.choice(WORDS) for _ in range(n))


def moment(rng):
    return f"2025-{rng.randint(1, 10):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00+00:00"


def word(rng):
    return "".join(rng.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(20))


def google_incident(rng, open_now):
    locations = [{"title": f"Somewhere ({place})", "id": place} for place in rng.sample(["alpha-east1", "beta-west2", "gamma-south1"], 2)]
    updates = [{"created": moment(rng), "modified": moment(rng), "when": moment(rng),
                "text": f"Summary: {sentences(rng, 12)}\nDescription: {sentences(rng, 90)}\n\"Workaround\": none\nDiagnosis: {sentences(rng, 30)}",
                "status": "SERVICE_DISRUPTION", "affected_locations": locations} for _ in range(rng.randint(3, 8))]
    name = word(rng)
    return {"id": name, "number": str(rng.randint(10**18, 10**19)), "begin": moment(rng), "created": moment(rng),
            "end": None if open_now else moment(rng), "modified": moment(rng), "external_desc": sentences(rng, 40),
            "updates": updates, "most_recent_update": updates[0], "status_impact": "SERVICE_DISRUPTION", "severity": "medium",
            "service_key": name, "service_name": "Multiple Products",
            "affected_products": [{"title": f"Cloud {rng.choice(WORDS)}", "id": word(rng)} for _ in range(4)],
            "uri": f"incidents/{name}", "currently_affected_locations": locations if open_now else [],
            "previously_affected_locations": [] if open_now else locations}


def google_list(size):
    """Incidents of many months, the first two open."""
    rng = random.Random(1)
    incidents = []
    length = 0
    while length < size:
        incidents.append(google_incident(rng, len(incidents) < 2))
        length += len(json.dumps(incidents[-1])) + 2
    return json.dumps(incidents)


def statuspage_summary(size):
    """Components in groups, a few of them bad, and three incidents that name all of them."""
    rng = random.Random(1)
    components = []
    length = 0
    group = None
    while length < size - 3 * len(components) * 108:
        heading = len(components) % 20 == 0
        one = {"id": word(rng)[:12].lower(), "name": f"{sentences(rng, 2)} {len(components)}",
               "status": "operational" if rng.random() < 0.98 else "partial_outage",
               "created_at": "2024-03-01T10:00:00.000Z", "updated_at": "2026-03-01T10:00:00.000Z", "position": len(components),
               "description": sentences(rng, 6), "showcase": False, "start_date": None, "group_id": None if heading else group,
               "page_id": "p0000000000a", "group": heading, "only_show_if_degraded": False}
        group = one["id"] if heading else group
        components.append(one)
        length += len(json.dumps(one)) + 2
    named = [{key: one[key] for key in ("id", "name", "status", "page_id")} for one in components]
    incidents = [{"id": f"i{i}", "name": sentences(rng, 5), "status": "identified", "impact": "major", "created_at": "2026-10-01T10:00:00.000Z",
                  "updated_at": "2026-10-01T11:00:00.000Z", "started_at": "2026-10-01T10:00:00.000Z", "shortlink": f"https://stspg.example/i{i}",
                  "page_id": "p0000000000a", "components": named,
                  "incident_updates": [{"id": f"u{i}{j}", "status": "identified", "body": sentences(rng, 60), "incident_id": f"i{i}",
                                        "display_at": f"2025-10-01T1{j}:00:00.000Z", "created_at": f"2026-10-01T1{j}:00:00.000Z",
                                        "affected_components": None} for j in range(4)]} for i in range(3)]
    return json.dumps({"page": {"id": "p0000000000a", "name": "Example", "url": "https://status.example.com", "time_zone": "Etc/UTC",
                                "updated_at": "2026-10-01T11:00:00.000Z"},
                       "components": components, "incidents": incidents, "scheduled_maintenances": [],
                       "status": {"indicator": "major", "description": "Partial System Outage"}})
