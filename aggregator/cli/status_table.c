/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/status_table.h"

#include <string.h>

#include "aggregator/cli/cells.h"
#include "common/limits.h"
#include "common/mem.h"

enum { DETAIL_SHOWN_MAX = 100 };

/* A sign and a word for each state: colour only repeats them. */
static const struct { const char *sign; const char *word; const char *colour; const char *nagios; int exit_code; }
    states[STATUS_COUNT] = {
        [STATUS_UNKNOWN]        = { "?", "unknown",        "\x1b[35m",   "UNKNOWN",  3 },
        [STATUS_OPERATIONAL]    = { "+", "operational",    "\x1b[32m",   "OK",       0 },
        [STATUS_DEGRADED]       = { "!", "degraded",       "\x1b[33m",   "WARNING",  1 },
        [STATUS_PARTIAL_OUTAGE] = { "#", "partial outage", "\x1b[31m",   "CRITICAL", 2 },
        [STATUS_MAJOR_OUTAGE]   = { "X", "major outage",   "\x1b[1;31m", "CRITICAL", 2 },
    };

int status_table_exit_code(enum status status)
{
    return states[status].exit_code;
}

enum status status_table_state(const json_t *object, const char *member)
{
    const char *word = json_string_value(json_object_get(object, member));
    enum status status = STATUS_UNKNOWN;

    if (word != NULL)
        (void) status_parse(text_of(word), &status);   /* otherwise: unknown */
    return status;
}

static long long count(const json_t *object, const char *member)
{
    return json_integer_value(json_object_get(object, member));
}

/* That we do not see it, which is our trouble and not its own. False: we do. */
static bool failure_cell(const json_t *service, char words[static CELL_BYTES])
{
    const json_t *failure = json_object_get(service, "poller_failure");
    const char *health = json_string_value(json_object_get(service, "poller_health"));
    char detail[CELL_BYTES], reason[CELL_BYTES];

    if (!json_is_object(failure) || health == NULL || strcmp(health, "broken") != 0)
        return false;
    (void) snprintf(words, CELL_BYTES, "cannot be read (%.24s): %.80s", cell_text(failure, "reason", reason),
                    cell_text(failure, "detail", detail));
    return true;
}

/* What stands behind a state: the manual reason, that we do not see it, or the source's detail. */
static const char *detail_cell(const json_t *service, char words[static CELL_BYTES])
{
    const json_t *manual = json_object_get(service, "manual");
    if (json_is_object(manual)) {
        char reason[CELL_BYTES];
        (void) snprintf(words, CELL_BYTES, "by hand: %.100s", cell_text(manual, "reason", reason));
        return words;
    }
    return failure_cell(service, words) ? words : cell_text(service, "detail", words);
}

static void print_state(enum status state, bool colour, FILE *out)
{
    (void) fprintf(out, "%s%s %-14s%s", colour ? states[state].colour : "", states[state].sign, states[state].word,
                   colour ? "\x1b[0m" : "");
}

static void print_row(const json_t *service, bool colour, FILE *out)
{
    char name[CELL_BYTES], since[CELL_BYTES], detail[CELL_BYTES];

    print_state(status_table_state(service, "state"), colour, out);
    (void) fprintf(out, "  %-28.28s  %-19s  %lld     %.*s\n", cell_text(service, "name", name), cell_time(service, "changed_at", since),
                   count(service, "tier"), DETAIL_SHOWN_MAX, detail_cell(service, detail));
}

static void print_services(const struct status_screen *screen, FILE *out)
{
    const json_t *service;
    size_t i;
    if (json_array_size(screen->services) == 0) {
        (void) fprintf(out, "No services are configured.\n");
        return;
    }
    (void) fprintf(out, "%-16s  %-28s  %-19s  %-4s  %s\n", "STATE", "SERVICE", "SINCE (UTC)", "TIER", "DETAIL");
    json_array_foreach(screen->services, i, service)
        print_row(service, screen->colour, out);
}

/* A host whose collector only polls for others has no state of its own. */
static bool has_state(const json_t *host)
{
    return count(json_object_get(host, "counts"), "total") > 0 || json_is_true(json_object_get(host, "silent"));
}

static void print_hosts(const struct status_screen *screen, FILE *out)
{
    const json_t *host;
    size_t i, bad = 0;
    json_array_foreach(screen->hosts, i, host) {
        enum status state = status_table_state(host, "state");
        char name[CELL_BYTES], since[CELL_BYTES];
        if (state == STATUS_OPERATIONAL || !has_state(host))
            continue;
        if (bad++ == 0)
            (void) fprintf(out, "\n%-16s  %-28s  %s\n", "STATE", "HOST", "LAST SEEN (UTC)");
        print_state(state, screen->colour, out);
        (void) fprintf(out, "  %-28.28s  %s\n", cell_text(host, "id", name), cell_time(host, "last_seen_at", since));
    }
    (void) fprintf(out, "\nHosts: %zu, %zu of them not operational.", json_array_size(screen->hosts), bad);
}

void status_table_print(const struct status_screen *screen, FILE *out)
{
    const json_t *deliveries = json_object_get(screen->summary, "deliveries");
    enum status overall = status_table_state(screen->summary, "overall");

    char verdict[CELL_BYTES];
    print_state(overall, screen->colour, out);
    (void) fprintf(out, "  %s%s\n\n", cell_text(screen->summary, "verdict", verdict),
                   json_is_true(json_object_get(screen->summary, "demo")) ? "  (DEMO DATA)" : "");
    print_services(screen, out);
    print_hosts(screen, out);
    if (deliveries != NULL)
        (void) fprintf(out, " Deliveries: %lld pending, %lld dead.", count(deliveries, "pending"), count(deliveries, "dead"));
    (void) fprintf(out, screen->ready ? " Ready.\n" : " NOT READY: %s\n", screen->not_ready == NULL ? "" : screen->not_ready);
}

static void print_sources(const json_t *service, bool colour, FILE *out)
{
    const json_t *source;
    size_t i;
    json_array_foreach(json_object_get(service, "sources"), i, source) {
        char id[CELL_BYTES], poller[CELL_BYTES], seen[CELL_BYTES], detail[CELL_BYTES];
        (void) fprintf(out, "  ");
        print_state(status_table_state(source, "state"), colour, out);
        (void) fprintf(out, "  %s, poller %s, last seen %s%s%s\n", cell_text(source, "id", id), cell_text(source, "poller", poller),
                       cell_time(source, "observed_at", seen), cell_text(source, "detail", detail)[0] == '\0' ? "" : ": ", detail);
    }
}

void status_table_print_service(const json_t *service, bool colour, FILE *out)
{
    enum status state = status_table_state(service, "state");
    char name[CELL_BYTES], since[CELL_BYTES], detail[CELL_BYTES];

    (void) fprintf(out, "%s%s%s - %s is %s since %s%s%s\n", colour ? states[state].colour : "", states[state].nagios,
                   colour ? "\x1b[0m" : "", cell_text(service, "name", name), states[state].word,
                   cell_time(service, "changed_at", since), detail_cell(service, detail)[0] == '\0' ? "" : ": ", detail);
    print_sources(service, colour, out);
}
