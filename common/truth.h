/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truth: which of a vendor's page and our own probes sees red, and whether what we see may be held against the vendor at all.
 * The API, the page and the messages say it by this one function.
 *
 *     struct truth truth = {.page = said_vendor, .probes = said_probe};
 *     truth_page(&truth, false);                       // each of the service's sources …
 *     truth_probe(&truth, &(struct truth_look) {.host = "web-1", .level = STATUS_MAJOR_OUTAGE, .sees = true});
 *     truth_control(&truth, "Example", &look);         // … and each probe of a neutral target
 *     if (truth_tell(&truth, &told)) ...               // told.says: "page green, red from 3 of 4 of our hosts"
 *
 * A host counts once, by the worst that any of its probes sees. One whose probe of a neutral target is red too, and one that is
 * cut off, proves nothing about the vendor and is left out of the count. Pure; names are borrowed until truth_tell returns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/status.h"

enum { TRUTH_HOSTS_MAX = 128, TRUTH_SAYS_BYTES = 241, TRUTH_NAME_BYTES = 65 };

/* What one probe said last. */
struct truth_look {
    const char *host;              /* the collector that carries it */
    enum status level;             /* with sees */
    bool sees;                     /* false: it is silent, or could not look the last time */
    bool cut_off;                  /* … because its host reaches nothing outside */
};

struct truth_host {
    const char *name;
    enum status worst;             /* of its probes that see; unknown: none does */
    bool cut_off;
    bool control_red;              /* it sees a neutral target red, too */
};

struct truth {                     /* page and probes are set by whoever begins; the rest begins as zero */
    enum status page;              /* what the pages say together (E2); unknown: nobody knows */
    enum status probes;            /* what the probes say together (E3) */
    bool has_page;
    bool page_cut_off;             /* a page cannot be read because its reader is cut off */
    struct truth_host hosts[TRUTH_HOSTS_MAX];   /* those beyond are not counted */
    size_t n_hosts;
    const char *control;           /* of the neutral targets that are red, one; NULL: none is */
};

/* One of the service's pages; cut_off: the last poll failed because its reader reaches nothing outside. */
void truth_page(struct truth *, bool cut_off);

/* One of its probes. */
void truth_probe(struct truth *, const struct truth_look *);

/* One probe of a neutral target, called so; after all of truth_probe. */
void truth_control(struct truth *, const char *name, const struct truth_look *);

/* Whether any host sees red: only then does what the neutral targets say matter. */
bool truth_needs_control(const struct truth *);

enum truth_verdict {
    TRUTH_AGREE,                   /* both green */
    TRUTH_BOTH_RED,
    TRUTH_PAGE_GREEN,              /* red from our hosts alone */
    TRUTH_PAGE_RED,                /* red on the page alone */
    TRUTH_PAGE_UNREADABLE,         /* our hosts see, the page cannot be read */
    TRUTH_PROBES_BLIND,            /* the page can be read, none of our hosts sees */
    TRUTH_NOBODY,                  /* neither */
    TRUTH_OURSELVES,               /* what is red may be our own connection */
};

struct truth_told {
    enum truth_verdict verdict;
    enum status page;
    enum status probes;
    size_t bad, of;                /* hosts that see red, hosts that see at all and count */
    size_t doubtful;               /* hosts that see red, and a neutral target too */
    size_t cut_off;
    size_t blind;                  /* hosts that could not look for another reason */
    char control[TRUTH_NAME_BYTES];   /* with doubtful: the neutral target; "" none */
    char says[TRUTH_SAYS_BYTES];
};

/* False: it has not both a page and probes, so there is nothing to compare; *out is unchanged. */
bool truth_tell(const struct truth *, struct truth_told *out);

/* agree, both_red, page_green, page_red, page_unreadable, probes_blind, nobody, ourselves. */
const char *truth_verdict_name(enum truth_verdict);
