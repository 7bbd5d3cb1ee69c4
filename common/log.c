/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"

enum { LINE_BYTES = 4096, LINES_A_SECOND = 200, EVENT_SLOTS = 64, PATH_BYTES = 1024 };

/* The one mutable global of the house. The mutex guards everything in it. */
static struct {
    pthread_mutex_t mutex;
    enum log_level level;
    bool pretty;
    int fd;
    char path[PATH_BYTES];                  /* empty: stderr */
    struct {
        const char *event;
        int64_t second;
        uint32_t lines;
        uint32_t dropped;
    } rate[EVENT_SLOTS];
} sink = {.mutex = PTHREAD_MUTEX_INITIALIZER, .level = LOG_LEVEL_INFO, .fd = STDERR_FILENO};

static const char *const level_names[] = {"debug", "info", "warning", "error"};

struct line {
    char bytes[LINE_BYTES];
    size_t len;
};

static void line_put(struct line *line, const char *s, size_t len)
{
    size_t room = sizeof line->bytes - 2 - line->len;   /* the closing brace and the newline always fit */
    if (len > room)
        len = room;
    memcpy(line->bytes + line->len, s, len);
    line->len += len;
}

static void line_text(struct line *line, const char *s)
{
    line_put(line, s, strlen(s));
}

/* The content of a JSON string: what text_copy has made valid, escaped. */
static void line_escaped(struct line *line, const char *s)
{
    char clean[1024];
    (void) text_copy(clean, sizeof clean, text_of(s));   /* a cut value is still worth a line */
    size_t len = strlen(clean);
    if (line->len + 2 * len + 4 > sizeof line->bytes)
        return;
    for (size_t i = 0; i < len; i++) {
        if (clean[i] == '"' || clean[i] == '\\')
            line_put(line, "\\", 1);
        line_put(line, &clean[i], 1);
    }
}

static void line_json(struct line *line, enum log_level level, const char *event, const char *sentence,
                      const struct log_field *fields)
{
    char at[RFC3339_BYTES];
    line_text(line, "{\"time\":\"");
    line_text(line, clock_to_rfc3339(clock_wall_ms(), at));
    line_text(line, "\",\"level\":\"");
    line_text(line, level_names[level]);
    line_text(line, "\",\"event\":\"");
    line_escaped(line, event);
    line_text(line, "\",\"message\":\"");
    line_escaped(line, sentence);
    line_text(line, "\"");
    for (; fields->name != NULL; fields++) {
        line_text(line, ",\"");
        line_escaped(line, fields->name);
        if (fields->text != NULL) {
            line_text(line, "\":\"");
            line_escaped(line, fields->text);
            line_text(line, "\"");
        } else {
            char number[24];
            (void) snprintf(number, sizeof number, "\":%lld", (long long) fields->number);
            line_text(line, number);
        }
    }
    line->bytes[line->len++] = '}';
}

static void line_pretty(struct line *line, enum log_level level, const char *event, const char *sentence,
                        const struct log_field *fields)
{
    char at[RFC3339_BYTES];
    char head[64];
    (void) snprintf(head, sizeof head, "%.8s %-7s ", clock_to_rfc3339(clock_wall_ms(), at) + 11, level_names[level]);
    line_text(line, head);
    line_escaped(line, sentence);
    line_text(line, " (");
    line_text(line, event);
    line_text(line, ")");
    for (; fields->name != NULL; fields++) {
        char number[24];
        line_text(line, " ");
        line_text(line, fields->name);
        line_text(line, "=");
        (void) snprintf(number, sizeof number, "%lld", (long long) fields->number);
        line_escaped(line, fields->text != NULL ? fields->text : number);
    }
}

/* Under the mutex. Counts what one event says in one second; tells how many lines of the last second are missing. */
static bool rate_allows(const char *event, uint32_t *missing)
{
    int64_t second = clock_mono_ms() / 1000;
    size_t slot = 0;
    for (const char *c = event; *c != '\0'; c++)
        slot = (slot * 31 + (unsigned char) *c) % EVENT_SLOTS;

    *missing = 0;
    if (sink.rate[slot].second != second || sink.rate[slot].event == NULL
        || strcmp(sink.rate[slot].event, event) != 0) {
        *missing = sink.rate[slot].dropped;
        sink.rate[slot].event = event;
        sink.rate[slot].second = second;
        sink.rate[slot].lines = 0;
        sink.rate[slot].dropped = 0;
    }
    if (++sink.rate[slot].lines > LINES_A_SECOND) {
        sink.rate[slot].dropped++;
        return false;
    }
    return true;
}

static int open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

    return fd < 0 ? -errno : fd;
}

/* Under the mutex: whoever rotates renames the file; then ours is no longer the one at the path. */
static void reopen_when_moved(void)
{
    struct stat at_path;
    struct stat ours;
    if (sink.path[0] == '\0')
        return;
    if (stat(sink.path, &at_path) == 0 && fstat(sink.fd, &ours) == 0 && at_path.st_ino == ours.st_ino
        && at_path.st_dev == ours.st_dev)
        return;

    int fd = open_file(sink.path);
    if (fd < 0)
        return;   /* keep writing to the renamed file rather than nowhere */
    (void) close(sink.fd);
    sink.fd = fd;
}

static void write_line(struct line *line)
{
    line->bytes[line->len++] = '\n';
    size_t done = 0;
    while (done < line->len) {
        ssize_t n = write(sink.fd, line->bytes + done, line->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;   /* there is nowhere to report that the log cannot be written */
        done += (size_t) n;
    }
}

int log_open(const struct log_config *config, struct error *err)
{
    int fd = STDERR_FILENO;
    if (config->file != NULL) {
        if (strlen(config->file) >= PATH_BYTES)
            return error_set(err, -ENAMETOOLONG, "log file name of %zu bytes, at most %d", strlen(config->file),
                             PATH_BYTES - 1);
        fd = open_file(config->file);
        if (fd < 0)
            return error_set(err, fd, "log file %s: %s", config->file, strerror(-fd));
    }

    (void) pthread_mutex_lock(&sink.mutex);
    if (sink.path[0] != '\0')
        (void) close(sink.fd);
    sink.fd = fd;
    sink.level = config->level;
    sink.pretty = !config->json;
    (void) snprintf(sink.path, sizeof sink.path, "%s", config->file == NULL ? "" : config->file);
    (void) pthread_mutex_unlock(&sink.mutex);
    return 0;
}

bool log_level_parse(const char *word, enum log_level *out)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcasecmp(word, level_names[i]) == 0) {
            *out = (enum log_level) i;
            return true;
        }
    }
    return false;
}

void log_write(enum log_level level, const char *event, const char *sentence, const struct log_field *fields)
{
    (void) pthread_mutex_lock(&sink.mutex);
    uint32_t missing;
    if (level >= sink.level && rate_allows(event, &missing)) {
        struct line line = {.len = 0};
        reopen_when_moved();
        if (sink.pretty)
            line_pretty(&line, level, event, sentence, fields);
        else
            line_json(&line, level, event, sentence, fields);
        write_line(&line);
        if (missing > 0) {
            char number[96];
            struct line told = {.len = 0};
            (void) snprintf(number, sizeof number, "%u lines of this event in one second were not written", missing);
            if (sink.pretty)
                line_pretty(&told, LOG_LEVEL_WARNING, event, number, &(struct log_field) {0});
            else
                line_json(&told, LOG_LEVEL_WARNING, event, number, &(struct log_field) {0});
            write_line(&told);
        }
    }
    (void) pthread_mutex_unlock(&sink.mutex);
}
