/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/outbox_topic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/mem.h"

struct lane *lanes_get(struct lane **lanes, const char *receiver)
{
    struct lane *lane;
    LL_FOREACH(*lanes, lane) {
        if (strcmp(lane->receiver, receiver) == 0)
            return lane;
    }
    lane = mem_new(sizeof *lane);
    (void) snprintf(lane->receiver, sizeof lane->receiver, "%s", receiver);
    LL_PREPEND(*lanes, lane);
    return lane;
}

void lanes_free(struct lane **lanes)
{
    struct lane *lane;
    struct lane *next;
    LL_FOREACH_SAFE(*lanes, lane, next)
        free(lane);
    *lanes = NULL;
}

enum { TOPIC_ID_BYTES = sizeof((struct topic *) NULL)->id };

static void make_id(char id[static TOPIC_ID_BYTES], const char *receiver, const char *key)
{
    (void) snprintf(id, TOPIC_ID_BYTES, "%s\n%s", receiver, key);   /* no id of ours holds a newline */
}

const struct topic *topics_find(const struct topic *topics, const char *receiver, const char *key)
{
    char id[TOPIC_ID_BYTES];
    const struct topic *topic;

    make_id(id, receiver, key);
    HASH_FIND_STR(topics, id, topic);
    return topic;
}

struct topic *topics_get(struct topic **topics, const char *receiver, const char *key)
{
    char id[TOPIC_ID_BYTES] = "";
    struct topic *topic;

    make_id(id, receiver, key);
    HASH_FIND_STR(*topics, id, topic);
    if (topic != NULL)
        return topic;
    topic = mem_new(sizeof *topic);
    memcpy(topic->id, id, sizeof id);
    HASH_ADD_STR(*topics, id, topic);
    return topic;
}

void topic_drop_when_idle(struct topic **topics, struct topic *topic)
{
    if (topic->told || topic->n_rows > 0)
        return;
    HASH_DEL(*topics, topic);
    free(topic);
}

void topics_free(struct topic **topics)
{
    struct topic *topic;
    struct topic *next;
    HASH_ITER(hh, *topics, topic, next) {
        HASH_DEL(*topics, topic);
        free(topic);
    }
}
