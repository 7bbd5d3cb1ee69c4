/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings: a key of a configuration is one row of one table. The reader, the error message, `check --effective` and the
 * manual page are all made from the row.
 *
 *     static const struct setting log_table[] = {
 *         {"level", SETTING_ENUM, SETTING_AT(struct log_config, level), .choices = log_levels, .fallback = "info",
 *          .environment = "LOG_LEVEL", .sentence = "Below it nothing is written."},
 *         {0},
 *     };
 *     int r = settings_load(&(struct settings_source) {"x.yaml", bytes, log_table}, &config, NULL, &err);
 *     settings_done(log_table, &config);
 *
 * A value is the first found of: the environment, the file, the row's fallback. In a file, ${NAME} stands for a variable of
 * the environment (unset: an error that names it) and ${NAME:-text} for the variable or the text; $${ is a plain ${.
 * A relative path in a file is relative to the directory of that file. A variable that is empty counts as not set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/error.h"
#include "common/params.h"
#include "common/text.h"
#include "common/yaml_document.h"

enum setting_type {
    SETTING_NONE,       /* a row that is not there: matches no key */
    SETTING_TEXT,       /* char *, owned */
    SETTING_PATH,       /* char *, owned; made absolute or relative to the working directory */
    SETTING_SECRET,     /* char *, owned; never shown. KEY_file names a file that holds it, NAME_FILE in the environment */
    SETTING_BOOL,       /* bool */
    SETTING_INTEGER,    /* any integer; min..max */
    SETTING_DURATION,   /* int64_t milliseconds; 60s, 5m, 1h30m */
    SETTING_BYTES,      /* int64_t; 16MiB */
    SETTING_PERCENT,    /* any integer, permille; 90 or 92.5 */
    SETTING_ENUM,       /* an enum: the index in choices */
    SETTING_WORDS,      /* a list of texts: char ** and size_t, owned */
    SETTING_EACH,       /* one text or a list of them, each handed to put */
    SETTING_PARAM,      /* a parameter of the engine, into a struct param_overrides */
    SETTING_GROUP,      /* a mapping with a table of its own */
    SETTING_LIST,       /* a list of mappings: an array of structs and size_t, owned */
};

/* What one field cannot know of the others; node is that of the mapping. -EINVAL with words (yaml_fault). */
typedef int (*setting_check_fn)(void *object, const struct yaml_node *, struct error *);

struct setting {
    const char *key;                   /* NULL ends a table */
    enum setting_type type;
    size_t offset;                     /* in the object of this table */
    size_t size;                       /* of the member */
    size_t count_offset;               /* WORDS, LIST: of the size_t; PARAM: of a bool array "from the environment", 0: none */
    const char *fallback;              /* as a file would write it; NULL: left zero */
    const char *environment;           /* names with blanks between, aliases of each other; NULL: none */
    const char *sentence;
    int64_t min;                       /* numbers: in the unit that is stored */
    int64_t max;                       /* numbers; TEXT, WORDS: bytes of one text, 0: 1024 */
    size_t items_max;                  /* WORDS, EACH, LIST; 0: 64 */
    bool required;                     /* when its mapping is there */
    bool literal;                      /* ${ stands for itself: keys in Z85 may contain it */
    const char *const *choices;        /* TEXT, ENUM: ends with NULL */
    bool (*accepts)(struct text);      /* TEXT, WORDS, SECRET: its shape */
    const char *expected;              /* accepts, put: what would be right, in words */
    bool (*put)(void *object, struct text);       /* EACH */
    const struct setting *table;       /* GROUP, LIST */
    size_t element_size;               /* LIST: of one struct; GROUP: of what a pointer at offset points to, 0: it lies there */
    setting_check_fn check;            /* GROUP, LIST: of each mapping that is there; may be NULL */
    enum param param;                  /* PARAM */
};

#define SETTING_AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *) 0)->member)
#define SETTING_AT_LIST(type, member, n) .offset = offsetof(type, member), .count_offset = offsetof(type, n)

/* Where each value came from, in the order of the tables, for `check --effective` and digests. All zero: empty. */
struct settings_trace {
    struct settings_entry {
        char *path;                    /* server.listen */
        char *value;                   /* as a file would write it; secrets are **** */
        char *origin;                  /* default, FILE:LINE, environment NAME, not set */
    } *entries;
    size_t n;
    size_t cap;
};

struct settings_source {
    const char *name;                  /* of the file, as errors show it; its directory is where relative paths start */
    struct text bytes;
    const struct setting *table;
    setting_check_fn check;            /* of the whole; may be NULL */
    bool as_it_stands;                 /* no environment, and ${ stands for itself: for what was resolved before */
};

/*
 * Reads a document into the object, which must be zero where rows point. 0, or a negative errno with words; then what rows
 * point to has been freed. trace may be NULL; it keeps what was there.
 */
int settings_load(const struct settings_source *, void *object, struct settings_trace *, struct error *);

/* Frees what the rows of a table own in an object and makes it zero. */
void settings_done(const struct setting *table, void *object);

/* "path: value    # origin", one line each. */
void settings_trace_print(const struct settings_trace *, FILE *);

/* A text in double quotes, as a file would write it. Owned by the caller. */
char *settings_quote(const char *);

/* Says anew what stands at a path, or adds it: for what follows from other values. */
void settings_trace_set(struct settings_trace *, const char *path, const char *value, const char *origin);

/* SHA-256, as hex, of path and value of each entry; secrets count as ****, origins do not count. */
void settings_digest(const struct settings_trace *const traces[], size_t n_traces, char out[static 65]);
void settings_trace_done(struct settings_trace *);

/* What a row takes, in words; at most cap bytes with the NUL; returns out. */
char *setting_expected(const struct setting *, char *out, size_t cap);

/* The manual page, in mdoc, of the file that this program reads by this table: PROGRAM.yaml(5), every row in it. */
void settings_print_page(const char *program, const struct setting *table, FILE *);

/* Shapes: http:// or https:// with a host and without user, blanks or control characters; a host name or an
 * address; "name=value". */
bool setting_is_url(struct text);
bool setting_is_host(struct text);
bool setting_is_label(struct text);

/* What the wire can use: tcp://HOST:PORT (to listen also * for either) or ipc://PATH; and whether it cannot leave this
 * machine: ipc, or tcp on 127.0.0.1 or [::1] by number. */
bool setting_is_endpoint(struct text);
bool setting_endpoint_is_local(const char *);

/* The file of this name (collector.yaml) that a program reads when it was not told one: the first of
 * conf/NAME.local.yaml, conf/NAME.yaml in the working directory, then both in /etc/tocsin; "" when there is none.
 * name is without the ending. Owned by the caller. */
char *config_default_path(const char *name);
