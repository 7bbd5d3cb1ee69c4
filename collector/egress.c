/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/egress.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collector/config.h"
#include "collector/probes/probe.h"
#include "common/address.h"
#include "common/mem.h"

/*
 * Of four operators, by number so that a resolver that is gone is not taken for a cut; all of them answer on 443 and exist
 * to be reached. One is enough. A check opens one connection and closes it: nothing is sent.
 */
static const char *const default_targets[] = {"1.1.1.1:443", "9.9.9.9:443", "8.8.8.8:443", "[2620:fe::fe]:443"};

/* ---------------------------------------------------------------- configuration */

static bool is_target(struct text target)
{
    char host[EGRESS_HOST_BYTES];
    uint16_t port;

    return egress_target_parse(target, host, &port);
}

const struct setting egress_table[] = {
    {"enabled", SETTING_BOOL, SETTING_AT(struct egress_config, enabled), .fallback = "true",
     .sentence = "Whether this host's own way out is checked, so that its being cut off is not taken for everybody else's "
                 "outage. Only a collector that polls or probes something outside does so."},
    {"targets", SETTING_WORDS, SETTING_AT_LIST(struct egress_config, targets, n_targets), .items_max = EGRESS_TARGETS_MAX,
     .max = EGRESS_HOST_BYTES + 6, .accepts = is_target, .expected = "HOST:PORT or [ADDRESS]:PORT",
     .sentence = "Neutral targets, tried in turn: one that accepts a connection is enough. Nothing is sent to it. Without "
                 "this 1.1.1.1:443, 9.9.9.9:443, 8.8.8.8:443 and [2620:fe::fe]:443, public resolvers of different "
                 "operators. In a network without a way to them name your own."},
    {"every", SETTING_DURATION, SETTING_AT(struct egress_config, every_ms), .min = 1000, .max = 3600000, .fallback = "30s",
     .sentence = "How often it is checked while nothing fails. A bad result of a probe is checked at once."},
    {"timeout", SETTING_DURATION, SETTING_AT(struct egress_config, timeout_ms), .min = 100, .max = 10000, .fallback = "2s",
     .sentence = "How long one target is waited for."},
    {0},
};

void egress_config_settle(struct egress_config *config)
{
    config->named = config->n_targets > 0;
    if (config->named)
        return;
    config->n_targets = ARRAY_SIZE(default_targets);
    config->targets = mem_new_array(config->n_targets, sizeof *config->targets);
    for (size_t i = 0; i < config->n_targets; i++)
        config->targets[i] = mem_copy_string(default_targets[i]);
}

bool egress_target_parse(struct text target, char host[static EGRESS_HOST_BYTES], uint16_t *port)
{
    size_t colon = target.len;
    while (colon > 0 && target.at[colon - 1] != ':')
        colon--;
    if (colon < 2)
        return false;

    struct text name = {target.at, colon - 1};
    struct text digits = {target.at + colon, target.len - colon};
    bool bracketed = name.len > 2 && name.at[0] == '[' && name.at[name.len - 1] == ']';
    if (bracketed)
        name = (struct text) {name.at + 1, name.len - 2};
    int64_t number;
    if (!setting_is_host(name) || (memchr(name.at, ':', name.len) != NULL) != bracketed
        || !text_to_int64(digits, 1, UINT16_MAX, &number))
        return false;
    *port = (uint16_t) number;
    return text_copy(host, EGRESS_HOST_BYTES, name);
}

/* ---------------------------------------------------------------- where a target lies */

struct text egress_host_of_url(const char *url)
{
    const char *start = strstr(url, "://");
    start = start == NULL ? url : start + 3;
    size_t len = strcspn(start, "/?#");
    if (len > 0 && start[0] == '[') {
        const char *end = memchr(start, ']', len);
        return end == NULL ? (struct text) {start, len} : (struct text) {start + 1, (size_t) (end - start) - 1};
    }
    const char *colon = memchr(start, ':', len);
    return (struct text) {start, colon == NULL ? len : (size_t) (colon - start)};
}

static bool is_elsewhere(struct text host)
{
    return egress_place_of_host(host, "") != EGRESS_OWN;
}

static bool any_is_elsewhere(const struct probe_entry *probes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_elsewhere(probes[i].kind == PROBE_HTTP ? egress_host_of_url(probes[i].url) : text_of(probes[i].host)))
            return true;
    }
    return false;
}

bool egress_is_needed(const struct collector_config *config)
{
    if (!config->egress.enabled)
        return false;
    bool needed = any_is_elsewhere(config->probes, config->n_probes);
    for (size_t i = 0; config->services_enabled && i < config->registry.n_services && !needed; i++) {
        const struct service_entry *service = &config->registry.services[i];
        needed = any_is_elsewhere(service->probes, service->n_probes)
                 || (service->feed != NULL && is_elsewhere(egress_host_of_url(service->feed->url)));
    }
    return needed;
}

static bool is_loopback(const struct sockaddr *address)
{
    static const uint8_t v4_mapped[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    if (address->sa_family == AF_INET) {
        const uint8_t *bytes = (const uint8_t *) &((const struct sockaddr_in *) (const void *) address)->sin_addr;
        return bytes[0] == 127 || memcmp(bytes, "\0\0\0\0", 4) == 0;   /* to connect to 0.0.0.0 is to connect to oneself */
    }
    const struct in6_addr *six = &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_UNSPECIFIED(six) || memcmp(six, v4_mapped, sizeof v4_mapped) == 0;
}

enum egress_place egress_place_of_address(const struct sockaddr *address, bool own)
{
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return EGRESS_OWN;
    if (own || is_loopback(address))
        return EGRESS_OWN;
    return address_is_public(address) ? EGRESS_FAR : EGRESS_NEAR;
}

static bool is_word(struct text text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

static bool is_below(struct text name, const char *zone)
{
    size_t len = strlen(zone);
    return name.len > len && name.at[name.len - len - 1] == '.'
           && is_word((struct text) {name.at + name.len - len, len}, zone);
}

enum egress_place egress_place_of_host(struct text host, const char *host_name)
{
    static const char *const near[] = {"local", "localdomain", "lan", "internal", "home.arpa"};
    struct sockaddr_storage address;
    if (address_parse(host, &address))
        return egress_place_of_address((const struct sockaddr *) &address, false);
    if (host.len > 0 && host.at[host.len - 1] == '.')
        host.len--;
    if (is_word(host, "localhost") || is_below(host, "localhost") || (host_name[0] != '\0' && is_word(host, host_name)))
        return EGRESS_OWN;
    if (host.len == 0 || memchr(host.at, '.', host.len) == NULL)
        return EGRESS_NEAR;
    for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
        if (is_below(host, near[i]))
            return EGRESS_NEAR;
    }
    return EGRESS_FAR;
}

/* ---------------------------------------------------------------- state and judgement */

enum egress_change egress_take(struct egress *egress, bool reached, int64_t now_mono_ms)
{
    Egress before = egress->state;
    if (reached) {
        egress->failures = 0;
        egress->ever_up = true;
        egress->state = EGRESS_UP;
        return before == EGRESS_DOWN ? EGRESS_CAME_UP : EGRESS_SAME;
    }
    egress->failures += egress->failures < UINT32_MAX;
    egress->has_failed = true;
    egress->failed_mono_ms = now_mono_ms;
    if (egress->failures >= EGRESS_DOWN_CHECKS)
        egress->state = EGRESS_DOWN;
    return before != EGRESS_DOWN && egress->state == EGRESS_DOWN ? EGRESS_WENT_DOWN : EGRESS_SAME;
}

int64_t egress_next_ms(const struct egress *egress, int64_t every_ms)
{
    int64_t soon_ms = egress->state == EGRESS_DOWN ? EGRESS_RETURN_MS : egress->failures > 0 ? EGRESS_AGAIN_MS : every_ms;

    return soon_ms < every_ms ? soon_ms : every_ms;
}

/* Our own targets, never reached since the start, in a private network: more likely one without a way out than one that is
 * cut off, and then they prove nothing about what lies in it. */
static bool proves_nothing(const struct egress *egress, enum egress_place place)
{
    return place == EGRESS_NEAR && !egress->named && !egress->ever_up;
}

static bool is_good(const struct verdict *verdict)
{
    return verdict->ok && verdict->level == STATUS_OPERATIONAL;
}

enum egress_answer egress_judge(const struct egress *egress, const struct egress_look *look)
{
    if (look->place == EGRESS_OWN || look->verdict->silent)
        return EGRESS_TELL;
    bool down = egress->state == EGRESS_DOWN;
    if (is_good(look->verdict)) {
        /* It was reached. Nearby that may be so while all the rest is cut off; from afar it contradicts the check, and
         * whatever answers in its place (a login page of the uplink) is not believed. Unless the check never worked. */
        bool doubtful = down && look->place == EGRESS_FAR && (egress->named || egress->ever_up);
        return doubtful ? EGRESS_BLIND : EGRESS_TELL;
    }
    if (proves_nothing(egress, look->place))
        return down ? EGRESS_TELL : EGRESS_ASK;
    bool failed_meanwhile = egress->has_failed && egress->failed_mono_ms >= look->began_mono_ms;
    return down || failed_meanwhile ? EGRESS_BLIND : EGRESS_ASK;
}

enum egress_answer egress_judge_asked(const struct egress *egress, const struct egress_look *look, bool reached)
{
    bool failed_meanwhile = egress->has_failed && egress->failed_mono_ms >= look->began_mono_ms;
    if (proves_nothing(egress, look->place))
        return EGRESS_TELL;
    return reached && !failed_meanwhile ? EGRESS_TELL : EGRESS_BLIND;
}

bool egress_explains(const struct egress *egress, enum egress_place place)
{
    return place != EGRESS_OWN && egress->failures > 0 && !proves_nothing(egress, place);
}

void egress_blind(struct verdict *verdict)
{
    char seen[DETAIL_BYTES_MAX + 1];
    (void) snprintf(seen, sizeof seen, "%s", verdict->detail);
    verdict_fail(verdict, "egress", "this host reaches nothing outside (egress_check), so nothing can be said of it%s%s",
                 seen[0] == '\0' ? "" : "; seen: ", seen);
}
