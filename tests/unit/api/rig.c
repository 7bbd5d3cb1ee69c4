/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aggregator/api/problem.h"
#include "aggregator/engine/engine.h"
#include "aggregator/engine/explain.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"

static const char services_yaml[] =
    "services:\n"
    "  - {id: acme, name: Acme, category: engineering, tier: 1, feed: {type: statuspage, url: \"https://status.acme.example\"}}\n"
    "  - {id: shop, name: Shop, category: sales, depends_on: [acme]}\n"
    "  - {id: payroll, name: \"Payroll <&> Co\", category: hr, tier: 3}\n";

/* ---------------------------------------------------------------- in the core's place */

static void set_row(struct store_txn *txn, const char *id, Level level, bool manual, const char *reason, int64_t now_ms)
{
    static ServiceState row;

    if (store_get(txn, TABLE_SERVICES, key_name(id), &row) != 0)
        row = (ServiceState) {0};
    (void) snprintf(row.id, sizeof row.id, "%s", id);
    row.effective = row.hard = level;
    row.effective_since_ms = row.hard_since_ms = now_ms;
    row.has_manual = manual;
    (void) snprintf(row.manual.reason, sizeof row.manual.reason, "%s", reason);
    row.manual.set_at_ms = now_ms;
    store_put(txn, TABLE_SERVICES, key_name(id), &row);
}

static void add_row(struct rig *rig, struct store_txn *txn, const char *service, const char *to)
{
    static TimelineRow row;

    row = (TimelineRow) {.decision = "status"};
    (void) snprintf(row.service, sizeof row.service, "%s", service);
    (void) snprintf(row.to, sizeof row.to, "%s", to);
    store_put(txn, TABLE_TIMELINE, key_time(1700000000000, ++rig->sequence), &row);
}

/* Commits with the world's row and tells the HTTP side, as the core does. */
static void seal(struct rig *rig, struct store_txn *txn, uint32_t views, uint32_t n_timeline)
{
    static WorldRow world;

    if (store_get(txn, TABLE_META, key_name(STORE_META_WORLD), &world) != 0)
        world = (WorldRow) {0};
    world.round = ++rig->round;
    for (int i = 0; i < VIEW_COUNT; i++) {
        if ((views & (1u << i)) != 0)
            world.views[i] = world.round;
    }
    store_put(txn, TABLE_META, key_name(STORE_META_WORLD), &world);
    if (store_commit(txn) != 0)
        abort();
    if (rig->api != NULL)
        api_committed(rig->api, &(struct commit_note) {.round = rig->round, .views = views, .n_timeline = n_timeline});
}

static enum inbox_outcome apply_ack(struct store_txn *txn, const Command *command)
{
    static AlertState row;
    const Acknowledge *ack = &command->input.acknowledge;
    const Unacknowledge *back = &command->input.unacknowledge;
    bool set = command->which_input == Command_acknowledge_tag;
    const char *key = set ? ack->key : back->key;

    if (store_get(txn, TABLE_ALERTS, key_name(key), &row) != 0)
        return set ? INBOX_NO_SUCH_ALERT : INBOX_NO_SUCH_ACK;
    if (row.opened_at_ms != (set ? ack->opened_at_ms : back->opened_at_ms))
        return INBOX_EPISODE_OVER;
    if (!set && !row.has_ack)
        return INBOX_NO_SUCH_ACK;
    row.has_ack = set;
    row.ack = (AckState) {0};
    if (set) {
        row.ack.at_ms = 1700000000000;
        row.ack.until_ms = ack->has_until_ms ? ack->until_ms : 0;
        row.ack.sticky = ack->sticky;
        memcpy(row.ack.by, ack->by, sizeof row.ack.by);
        memcpy(row.ack.notes, ack->notes, sizeof row.ack.notes);
    }
    store_put(txn, TABLE_ALERTS, key_name(key), &row);
    return INBOX_DONE;
}

static bool is_ack(const struct inbox_item *item)
{
    return item->kind == INBOX_COMMAND && (item->command.which_input == Command_acknowledge_tag ||
                                           item->command.which_input == Command_unacknowledge_tag);
}

/* Windows are kept as they are given; true: the command was about one. */
static bool apply_window(struct store_txn *txn, const Command *command)
{
    static WindowState row;

    if (command->which_input == Command_maintenance_end_tag) {
        store_delete(txn, TABLE_MAINTENANCE, key_name(command->input.maintenance_end.id));
        return true;
    }
    if (command->which_input != Command_maintenance_tag)
        return false;
    row = (WindowState) {.has_window = true, .window = command->input.maintenance, .active = true, .set_at_ms = clock_wall_ms()};
    store_put(txn, TABLE_MAINTENANCE, key_name(row.window.id), &row);
    return true;
}

/* Records are kept as they are given, of the built-in areas that take any; true: the command was about one. */
static bool apply_evidence(struct store_txn *txn, const Command *command, enum inbox_outcome *outcome)
{
    const Evidence *said = &command->input.evidence;
    EvidenceState row = {.has_evidence = true, .evidence = *said, .taken_at_ms = clock_wall_ms()};
    struct store_key key = key_evidence(said->area, said->subject);

    if (command->which_input != Command_evidence_tag)
        return false;
    if (strcmp(said->subject, "one too many") == 0)
        *outcome = INBOX_TOO_MANY_SUBJECTS;
    else if (strcmp(said->area, "backup") != 0 && strcmp(said->area, "security") != 0)
        *outcome = INBOX_NO_SUCH_AREA;
    else if (said->result != EVIDENCE_UNSPECIFIED)
        row.evidence.at_ms = said->has_at_ms ? said->at_ms : row.taken_at_ms;
    else if (store_get(txn, TABLE_EVIDENCE, key, &row) != 0)
        *outcome = INBOX_NO_SUCH_EVIDENCE;
    if (*outcome != INBOX_DONE)
        return true;
    row.evidence.has_at_ms = true;
    if (said->result == EVIDENCE_UNSPECIFIED)
        store_delete(txn, TABLE_EVIDENCE, key);
    else
        store_put(txn, TABLE_EVIDENCE, key, &row);
    return true;
}

static bool is_unknown_window(struct rig *rig, const Command *command)
{
    static WindowState row;
    struct store_txn *txn;

    if (command->which_input != Command_maintenance_end_tag || store_read(rig->disk.store, &txn) < 0)
        return false;
    bool absent = store_get(txn, TABLE_MAINTENANCE, key_name(command->input.maintenance_end.id), &row) != 0;
    store_end(txn);
    return absent;
}

/* Of all there are it knows the collector web1, and the source web1/page of acme. */
static enum inbox_outcome apply_forget(struct rig *rig, const Forget *forget, struct inbox_result *result)
{
    if (forget->collector[0] != '\0' && strcmp(forget->collector, "web1") != 0)
        return INBOX_NO_SUCH_COLLECTOR;
    if (forget->collector[0] == '\0' && (strcmp(forget->service, "acme") != 0 || strcmp(forget->source, "web1/page") != 0))
        return INBOX_NO_SUCH_SOURCE;
    result->round = rig->round + 1;
    result->at_ms = clock_wall_ms();
    return INBOX_DONE;
}

/* Of the configured services one collector reads acme's page, and nobody reads payroll's. */
static enum inbox_outcome apply_poll(struct rig *rig, const struct inbox_item *item, struct inbox_result *result)
{
    rig->polls++;
    (void) snprintf(rig->poll_why, sizeof rig->poll_why, "%s", item->poll.why);
    rig->audited += item->has_audit;
    if (registry_find(&rig->config->registry, item->poll.service) == NULL)
        return INBOX_NO_SUCH_SERVICE;
    if (strcmp(item->poll.service, "acme") != 0)
        return INBOX_NO_POLLER;
    result->asked = 1;
    result->at_ms = clock_wall_ms();
    return INBOX_DONE;
}

/* Sequences: 7 is dead, 8 is on the wire, there are no others. */
static enum inbox_outcome apply_rows(struct rig *rig, const struct inbox_item *item, struct inbox_result *result)
{
    result->at_ms = clock_wall_ms();
    if (item->kind == INBOX_DROP)
        (void) snprintf(rig->dropped, sizeof rig->dropped, "%s: %s", item->rows.by, item->rows.reason);
    if (item->rows.several) {
        result->left = item->rows.n;
        return INBOX_DONE;
    }
    if (item->rows.sequences[0] == 7)
        return INBOX_DONE;
    (void) snprintf(result->words, sizeof result->words, "notification 8: it is being sent at this moment");
    return item->rows.sequences[0] == 8 ? INBOX_UNFIT : INBOX_NO_SUCH_ROW;
}

static enum inbox_outcome apply(struct rig *rig, const struct inbox_item *item, struct inbox_result *result)
{
    const Manual *manual = &item->command.input.manual;
    uint32_t views = 1u << VIEW_AUDIT;
    uint32_t rows = 0;

    if (item->kind == INBOX_POLL)
        return apply_poll(rig, item, result);
    if (item->kind == INBOX_RETRY || item->kind == INBOX_DROP)
        return apply_rows(rig, item, result);
    bool is_manual = item->kind == INBOX_COMMAND && item->command.which_input == Command_manual_tag;
    if (is_manual && strcmp(manual->service, "nobody") == 0)
        return INBOX_NO_SUCH_SERVICE;
    if (item->kind == INBOX_COMMAND && item->command.which_input == Command_forget_tag)
        return apply_forget(rig, &item->command.input.forget, result);
    if (item->kind == INBOX_COMMAND && is_unknown_window(rig, &item->command))
        return INBOX_NO_SUCH_WINDOW;
    struct store_txn *txn = store_write(rig->disk.store);
    enum inbox_outcome evidence = INBOX_DONE;
    if (is_ack(item)) {
        enum inbox_outcome outcome = apply_ack(txn, &item->command);
        if (outcome != INBOX_DONE) {
            store_abort(txn);
            return outcome;
        }
        views |= 1u << VIEW_ALERTS;
    } else if (item->kind == INBOX_COMMAND && apply_evidence(txn, &item->command, &evidence)) {
        if (evidence != INBOX_DONE) {
            store_abort(txn);
            return evidence;
        }
        views |= 1u << VIEW_EVIDENCE;
    } else if (item->kind == INBOX_COMMAND && apply_window(txn, &item->command)) {
        views |= 1u << VIEW_MAINTENANCE;
    } else if (item->kind == INBOX_COMMAND) {
        set_row(txn, manual->service, manual->level, !manual->end, manual->reason, clock_wall_ms());
        add_row(rig, txn, manual->service, "set");
        views |= 1u << VIEW_SERVICES | 1u << VIEW_TIMELINE;
        rows = 1;
    } else if (item->kind == INBOX_TOKEN_PUT) {
        store_put(txn, TABLE_TOKENS, key_token(item->token.hash), &item->token.row);
        views |= 1u << VIEW_TOKENS;
    }
    rig->refusals += item->kind == INBOX_SECURITY;
    rig->audited += item->has_audit;
    seal(rig, txn, views, rows);
    result->round = rig->round;
    result->at_ms = clock_wall_ms();
    return INBOX_DONE;
}

/* By an engine that has heard nothing. */
static enum inbox_outcome explain(const struct rig *rig, const struct inbox_item *item)
{
    struct engine *engine = engine_new();
    struct effects effects = {0};

    engine_configure(engine, rig->config->engine, 0, &effects);
    struct explanation *why = engine_explain(engine, item->service, clock_wall_ms());
    if (why != NULL)
        item->explained(item->context, why);
    effects_done(&effects);
    engine_free(engine);
    return why == NULL ? INBOX_NO_SUCH_SERVICE : INBOX_DONE;
}

/* Nobody lived before 2000, and its first hour is too far. What was later takes as long as past_held says, unless nobody waits. */
static int explain_past(void *context, const struct past_question *question, char **body, struct problem *problem)
{
    struct rig *rig = context;

    rig->past_asked++;
    if (question->at_ms < 946684800000)
        return problem_set(problem, PROBLEM_PARAMETER, "the journal begins at 2000-01-01T00:00:00Z");
    if (question->at_ms < 946684800000 + 3600 * 1000)
        return problem_set(problem, PROBLEM_TOO_FAR, "10 of 20 inputs are replayed");
    while (rig->past_held && !question->given_up(question->asker))
        (void) poll(NULL, 0, 1);
    rig->past_answered++;
    if (strcmp(question->service, "acme") != 0)
        return problem_set(problem, PROBLEM_NOT_FOUND, "no service had the id %.112s", question->service);
    if (asprintf(body, "{\"service_id\":\"acme\",\"at_ms\":%lld}", (long long) question->at_ms) < 0)
        abort();
    return 0;
}

static void take(struct rig *rig, struct inbox_item *item)
{
    static char body[INBOX_ANSWER_BYTES_MAX];
    struct inbox_result result = {0};
    size_t len = 0;

    result.outcome = item->kind == INBOX_EXPLAIN ? explain(rig, item) : apply(rig, item, &result);
    if (item->answer != NULL)
        len = item->answer(item->context, &result, body, sizeof body - 1);
    body[len] = '\0';
    if (item->complete != NULL)
        item->complete(item->context, &result, item->status, len > 0 ? body : NULL);
    free(item);
}

static void *core_thread(void *context)
{
    struct rig *rig = context;

    (void) pthread_mutex_lock(&rig->lock);
    while (!rig->stop) {
        struct inbox_item *item;
        while (!rig->held && (item = inbox_take(rig->inbox)) != NULL)
            take(rig, item);
        rig->items = false;
        while (!rig->items && !rig->stop)
            (void) pthread_cond_wait(&rig->woken, &rig->lock);
    }
    (void) pthread_mutex_unlock(&rig->lock);
    return NULL;
}

const char *rig_word(struct rig *rig, const char *text)
{
    (void) pthread_mutex_lock(&rig->lock);
    (void) snprintf(rig->word, sizeof rig->word, "%s", text);
    (void) pthread_mutex_unlock(&rig->lock);
    return rig->word;
}

static void on_put(void *context)
{
    struct rig *rig = context;

    (void) pthread_mutex_lock(&rig->lock);
    rig->items = true;
    (void) pthread_cond_signal(&rig->woken);
    (void) pthread_mutex_unlock(&rig->lock);
}

/* ---------------------------------------------------------------- start and stop */

static void write_file(struct rig *rig, const char *name, const char *text)
{
    char path[400];
    struct error err = {0};

    (void) snprintf(path, sizeof path, "%s/%s", rig->disk.directory, name);
    if (file_write(path, text, strlen(text), 0600, &err) < 0)
        fail_msg("%s", err.text);
}

static void load_config(struct rig *rig, const char *more)
{
    char path[400];
    char *text;
    struct error err = {0};

    if (asprintf(&text, "http: {host: 127.0.0.1, port: 0%s}\nstore: {data_dir: %s}\nservices_file: services.yaml\n", more,
                 rig->disk.directory) < 0)
        abort();
    write_file(rig, "services.yaml", services_yaml);
    write_file(rig, "aggregator.yaml", text);
    free(text);
    (void) snprintf(path, sizeof path, "%s/aggregator.yaml", rig->disk.directory);
    (void) setenv("ADMIN_API_TOKEN", "an-operator-chose-this-0123456789", 1);
    if (aggregator_config_load(path, &rig->config, &err) < 0)
        fail_msg("%s", err.text);
}

void rig_start(struct rig *rig, const char *more)
{
    struct error err = {0};

    *rig = (struct rig) {.lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
    temporary_init(&rig->disk);
    temporary_open(&rig->disk, 0);
    load_config(rig, more);
    char skip[400];
    (void) snprintf(skip, sizeof skip, "%s/skip", rig->disk.directory);
    (void) setenv("TOCSIN_CLOCK_SKIP_FILE", skip, 1);
    rig->health = health_new();
    health_beat(rig->health);
    for (int i = 0; i < HEALTH_PART_COUNT; i++)
        health_set(rig->health, (enum health_part) i, NULL);
    rig->inbox = inbox_new(on_put, rig);
    const struct api_options options = {rig->disk.store, rig->inbox, rig->health, rig->config, explain_past, rig};
    if (api_start(&options, &rig->api, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(pthread_create(&rig->core, NULL, core_thread, rig), 0);
}

void rig_stop(struct rig *rig)
{
    (void) pthread_mutex_lock(&rig->lock);
    rig->stop = true;
    (void) pthread_cond_signal(&rig->woken);
    (void) pthread_mutex_unlock(&rig->lock);
    (void) pthread_join(rig->core, NULL);
    api_stop(rig->api);
    struct inbox_item *item;
    while ((item = inbox_take(rig->inbox)) != NULL) {
        struct inbox_result stopping = {.outcome = INBOX_STOPPING};
        if (item->complete != NULL)
            item->complete(item->context, &stopping, 503, NULL);    /* later than the listener: must be harmless */
        free(item);
    }
    inbox_free(rig->inbox);
    health_free(rig->health);
    aggregator_config_drop(rig->config);
    temporary_done(&rig->disk);
}

void rig_set(struct rig *rig, const char *service, Level level)
{
    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    set_row(txn, service, level, false, "", 1700000000000);
    add_row(rig, txn, service, "degraded");
    seal(rig, txn, 1u << VIEW_SERVICES | 1u << VIEW_TIMELINE, 1);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_put_outbox(struct rig *rig, const OutboxRow *row)
{
    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    store_put(txn, TABLE_OUTBOX, key_number(row->sequence), row);
    seal(rig, txn, 1u << VIEW_OUTBOX, 0);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_put_alert(struct rig *rig, const AlertState *alert, int64_t closed_at_ms)
{
    static ClosedAlertRow row;

    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    row = (ClosedAlertRow) {.has_alert = true, .alert = *alert, .closed_at_ms = closed_at_ms};
    if (closed_at_ms == 0)
        store_put(txn, TABLE_ALERTS, key_name(alert->key), alert);
    else
        store_put(txn, TABLE_ALERTS_CLOSED, key_time(closed_at_ms, ++rig->sequence), &row);
    seal(rig, txn, 1u << VIEW_ALERTS, 0);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_put_incident(struct rig *rig, const struct rig_incident *incident)
{
    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    store_put(txn, TABLE_INCIDENTS, key_number(incident->row.number), &incident->row);
    for (size_t i = 0; i < ARRAY_SIZE(incident->members) && incident->members[i] != NULL; i++) {
        MemberState member = {.incident = incident->row.number, .joined_at_ms = incident->row.opened_at_ms + 1000 * (int64_t) i};
        (void) snprintf(member.service, sizeof member.service, "%s", incident->members[i]);
        store_put(txn, TABLE_INCIDENT_MEMBERS, key_member(member.incident, member.service), &member);
    }
    seal(rig, txn, 1u << VIEW_INCIDENTS, 0);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_put_source(struct rig *rig, const SourceRow *row)
{
    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    store_put(txn, TABLE_SOURCES, key_source(row->state.service, row->state.source), row);
    seal(rig, txn, 1u << VIEW_SERVICES, 0);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_put_vendor_item(struct rig *rig, const VendorItemRow *row, const VendorVersionRow *versions, size_t n)
{
    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    store_put(txn, TABLE_VENDOR_ITEMS, key_vendor_item(row->service, row->kind, row->key), row);
    for (size_t i = 0; i < n; i++)
        store_put(txn, TABLE_VENDOR_VERSIONS, key_vendor_version(row->service, row->kind, row->key, versions[i].version), &versions[i]);
    seal(rig, txn, 1u << VIEW_VENDOR, 0);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_put_row(struct rig *rig, int64_t at_ms, const TimelineRow *row)
{
    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    store_put(txn, TABLE_TIMELINE, key_time(at_ms, ++rig->sequence), row);
    seal(rig, txn, 1u << VIEW_TIMELINE, 1);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_set_window(struct rig *rig, const char *id, bool active)
{
    static WindowState row;

    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    assert_int_equal(store_get(txn, TABLE_MAINTENANCE, key_name(id), &row), 0);
    row.active = active;
    store_put(txn, TABLE_MAINTENANCE, key_name(id), &row);
    seal(rig, txn, 1u << VIEW_MAINTENANCE, 0);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_add_rows(struct rig *rig, int n)
{
    (void) pthread_mutex_lock(&rig->lock);
    struct store_txn *txn = store_write(rig->disk.store);
    for (int i = 0; i < n; i++)
        add_row(rig, txn, "acme", "degraded");
    seal(rig, txn, 1u << VIEW_TIMELINE, (uint32_t) n);
    (void) pthread_mutex_unlock(&rig->lock);
}

void rig_pass(struct rig *rig, int64_t ms)
{
#ifdef TOCSIN_FAILPOINTS
    char text[32];

    rig->skipped_ms += ms;
    (void) snprintf(text, sizeof text, "%lld\n", (long long) rig->skipped_ms);
    write_file(rig, "skip", text);
#else
    (void) rig;
    (void) poll(NULL, 0, (int) ms);
#endif
}

/* ---------------------------------------------------------------- a client */

int rig_connect(struct rig *rig)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(api_port(rig->api))};
    const struct timeval patience = {.tv_sec = 20};

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *) &to, sizeof to) != 0)
        fail_msg("cannot connect");
    (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

struct answer rig_ask(struct rig *rig, const char *request)
{
    struct buffer all;
    char piece[4096];
    ssize_t n;

    buffer_init(&all, 16 << 20);
    int fd = rig_connect(rig);
    (void) send(fd, request, strlen(request), MSG_NOSIGNAL);
    while ((n = recv(fd, piece, sizeof piece, 0)) > 0)
        (void) buffer_put(&all, piece, (size_t) n);
    (void) close(fd);
    struct answer answer = {.len = all.len, .text = buffer_take(&all)};
    if (answer.text == NULL)
        return answer;
    (void) sscanf(answer.text, "HTTP/1.1 %d", &answer.status);
    answer.body = strstr(answer.text, "\r\n\r\n");
    answer.body = answer.body == NULL ? "" : answer.body + 4;
    return answer;
}

static struct answer ask(struct rig *rig, const char *method, const char *path, const char *headers, const char *body)
{
    char *request;

    if (asprintf(&request, "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n%s\r\n%s", method, path, headers, body) < 0)
        abort();
    struct answer answer = rig_ask(rig, request);
    free(request);
    return answer;
}

struct answer rig_get(struct rig *rig, const char *path, const char *headers)
{
    return ask(rig, "GET", path, headers, "");
}

struct answer rig_delete(struct rig *rig, const char *path, const char *headers)
{
    return ask(rig, "DELETE", path, headers, "");
}

struct answer rig_post(struct rig *rig, const char *path, const char *headers, const char *body)
{
    char *all;

    if (asprintf(&all, "%sContent-Type: application/json\r\nContent-Length: %zu\r\n", headers, strlen(body)) < 0)
        abort();
    struct answer answer = ask(rig, "POST", path, all, body);
    free(all);
    return answer;
}

const char *answer_header(const struct answer *answer, const char *name)
{
    static char value[1024];
    size_t len = strlen(name);

    value[0] = '\0';
    for (const char *line = answer->text; line != NULL && line < answer->body; line = strstr(line, "\r\n")) {
        line += line == answer->text ? 0 : 2;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            (void) snprintf(value, sizeof value, "%.*s", (int) strcspn(line + len + 2, "\r"), line + len + 2);
            break;
        }
    }
    return value;
}

void answer_done(struct answer *answer)
{
    free(answer->text);
    *answer = (struct answer) {0};
}

void rig_expect(struct answer answer, int status, const char *part, const char *says)
{
    if (answer.status != status || answer.text == NULL || (part != NULL && strstr(answer.text, part) == NULL))
        fail_msg("%s: %d instead of %d, looked for %s in\n%s", says, answer.status, status, part == NULL ? "nothing" : part,
                 answer.text == NULL ? "(nothing)" : answer.text);
    answer_done(&answer);
}
