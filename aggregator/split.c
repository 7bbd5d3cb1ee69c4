/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/split.h"

#include <string.h>

#include "common/text.h"

/* a, separator, b; the ids were checked and fit. */
static void join(char *out, const char *a, char separator, const char *b)
{
    size_t a_len = strlen(a);
    memcpy(out, a, a_len);
    out[a_len] = separator;
    memcpy(out + a_len + 1, b, strlen(b) + 1);
}

_Static_assert(ID_BYTES_MAX + 1 + CHECK_BYTES_MAX <= SERVICE_BYTES_MAX
                   && ID_BYTES_MAX + 1 + CHECK_BYTES_MAX <= SOURCE_BYTES_MAX,
               "two ids and what is between them fit");

bool split_name(const char *collector, const char *service, const char *check, struct split_names *out)
{
    if (!text_is_id(text_of(check), CHECK_BYTES_MAX))
        return false;
    out->is_host = service[0] == '\0';
    if (!out->is_host && !text_is_id(text_of(service), ID_BYTES_MAX))
        return false;

    join(out->source, collector, '/', check);
    if (out->is_host)
        join(out->service, collector, ':', check);
    else
        memcpy(out->service, service, strlen(service) + 1);
    return true;
}

int64_t split_observed_at(const struct split_frame *frame, int64_t at_boot_ms)
{
    int64_t age_ms;
    if (__builtin_sub_overflow(frame->sent_boot_ms, at_boot_ms, &age_ms) || age_ms < 0)
        return frame->now_ms;   /* an observation from after its sending: as fresh as can be */
    return age_ms > frame->now_ms ? 0 : frame->now_ms - age_ms;
}

void split_report(const struct split_frame *frame, const struct split_names *names, const Item *item, uint64_t sequence,
                  Observation *out)
{
    const Report *report = &item->body.observation;
    memcpy(out->service, names->service, strlen(names->service) + 1);
    memcpy(out->source, names->source, strlen(names->source) + 1);
    memcpy(out->collector, frame->collector, strlen(frame->collector) + 1);
    out->kind = report->kind;
    out->result = report->result;
    out->level = report->level;
    out->observed_at_ms = split_observed_at(frame, item->at_boot_ms);
    out->every_s = report->every_s;
    out->boot = frame->incarnation;
    out->has_seq = true;
    out->seq = sequence;
}

static char sanitised(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char) (c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')
        return c;
    return '-';
}

void split_plain_name(const char *hostname, char out[static ID_BYTES_MAX + 1])
{
    size_t n = 0;
    for (; *hostname != '\0' && n < ID_BYTES_MAX; hostname++) {
        char c = sanitised(*hostname);
        if (n > 0 || (c != '.' && c != '_' && c != '-'))   /* an id begins with a letter or a digit */
            out[n++] = c;
    }
    out[n] = '\0';
    if (n == 0)
        memcpy(out, "plain", sizeof "plain");
}
