/* SPDX-License-Identifier: Apache-2.0 */
#include "common/truth.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- gathering */

void truth_page(struct truth *truth, bool cut_off)
{
    truth->has_page = true;
    truth->page_cut_off = truth->page_cut_off || cut_off;
}

static struct truth_host *find_host(struct truth *truth, const char *name)
{
    for (size_t i = 0; i < truth->n_hosts; i++) {
        if (strcmp(truth->hosts[i].name, name) == 0)
            return &truth->hosts[i];
    }
    return NULL;
}

void truth_probe(struct truth *truth, const struct truth_look *look)
{
    struct truth_host *host = find_host(truth, look->host);
    if (host == NULL && truth->n_hosts == TRUTH_HOSTS_MAX)
        return;
    if (host == NULL) {
        host = &truth->hosts[truth->n_hosts++];
        *host = (struct truth_host) {.name = look->host};
    }
    host->cut_off = host->cut_off || look->cut_off;
    if (look->sees && look->level > host->worst)
        host->worst = look->level;
}

void truth_control(struct truth *truth, const char *name, const struct truth_look *look)
{
    struct truth_host *host = find_host(truth, look->host);
    bool red = look->sees && look->level > STATUS_OPERATIONAL;
    if (host == NULL || !red)
        return;
    host->control_red = true;
    if (truth->control == NULL)
        truth->control = name;
}

bool truth_needs_control(const struct truth *truth)
{
    for (size_t i = 0; i < truth->n_hosts; i++) {
        if (truth->hosts[i].worst > STATUS_OPERATIONAL)
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- judging */

static void count(const struct truth *truth, struct truth_told *out)
{
    for (size_t i = 0; i < truth->n_hosts; i++) {
        const struct truth_host *host = &truth->hosts[i];
        bool red = host->worst > STATUS_OPERATIONAL;
        out->cut_off += host->cut_off;
        out->doubtful += !host->cut_off && red && host->control_red;
        out->blind += !host->cut_off && host->worst == STATUS_UNKNOWN;
        if (host->cut_off || host->worst == STATUS_UNKNOWN || (red && host->control_red))
            continue;
        out->of++;
        out->bad += red;
    }
}

/* No host's word counts, some of them for a reason of our own, and the vendor does not say itself that it is down. */
static bool is_ourselves(const struct truth *truth, const struct truth_told *told)
{
    bool page_is_bad = truth->page > STATUS_OPERATIONAL;
    bool page_is_cut_off = truth->page == STATUS_UNKNOWN && truth->page_cut_off;

    return told->of == 0 && !page_is_bad && (told->doubtful > 0 || told->cut_off > 0 || page_is_cut_off);
}

static enum truth_verdict judge(const struct truth *truth, const struct truth_told *told)
{
    bool sees = told->of > 0;
    bool page_is_known = truth->page != STATUS_UNKNOWN;
    bool page_is_bad = truth->page > STATUS_OPERATIONAL;

    if (is_ourselves(truth, told))
        return TRUTH_OURSELVES;
    if (!page_is_known)
        return sees ? TRUTH_PAGE_UNREADABLE : TRUTH_NOBODY;
    if (!sees)
        return TRUTH_PROBES_BLIND;
    if (told->bad > 0)
        return page_is_bad ? TRUTH_BOTH_RED : TRUTH_PAGE_GREEN;
    return page_is_bad ? TRUTH_PAGE_RED : TRUTH_AGREE;
}

/* ---------------------------------------------------------------- saying */

struct words { char *at; size_t len; };

static void say(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(words->at + words->len, TRUTH_SAYS_BYTES - words->len, format, args);
    va_end(args);
    if (n > 0)
        words->len += (size_t) n;
    if (words->len >= TRUTH_SAYS_BYTES)
        words->len = TRUTH_SAYS_BYTES - 1;   /* a long name was cut */
}

static const char *page_word(const struct truth *truth)
{
    if (truth->page == STATUS_UNKNOWN)
        return truth->page_cut_off ? "unreadable (its reader is cut off)" : "unreadable";
    return truth->page == STATUS_OPERATIONAL ? "green" : "red";
}

static const char *hosts_word(size_t n)
{
    return n == 1 ? "host" : "hosts";
}

static void say_probes(const struct truth_told *told, struct words *words)
{
    size_t hosts = told->of + told->doubtful + told->cut_off + told->blind;

    if (told->of == 0)
        say(words, hosts == 1 ? "our host cannot tell" : "none of our %zu hosts can tell", hosts);
    else if (told->bad == 0)
        say(words, told->of == 1 ? "green from our host" : "green from all %zu of our hosts", told->of);
    else if (told->of == 1)
        say(words, "red from our host");
    else
        say(words, "red from %zu of %zu of our hosts", told->bad, told->of);
}

/* The hosts that were left out, and why. */
static void say_rest(const struct truth_told *told, struct words *words)
{
    if (told->doubtful > 0)
        say(words, "; %zu %s the control target %s red, too, and %s not count", told->doubtful,
            told->doubtful == 1 ? "sees" : "see", told->control, told->doubtful == 1 ? "does" : "do");
    if (told->cut_off > 0)
        say(words, "; %zu cut off", told->cut_off);
    if (told->blind > 0)
        say(words, "; %zu could not look", told->blind);
}

static void say_ourselves(const struct truth *truth, const struct truth_told *told, struct words *words)
{
    size_t hosts = truth->n_hosts;

    say(words, "cannot tell: our own connection ");
    if (told->doubtful > 0)
        say(words, "may be at fault, the control target %s is red from the same %zu %s", told->control, told->doubtful,
            hosts_word(told->doubtful));
    else if (told->cut_off > 0)
        say(words, "is cut off on %zu of %zu of our hosts", told->cut_off, hosts);
    else
        say(words, "is cut off where the page is read");
    say(words, "; page %s", page_word(truth));
}

bool truth_tell(const struct truth *truth, struct truth_told *out)
{
    if (!truth->has_page || truth->n_hosts == 0)
        return false;

    struct truth_told told = {.page = truth->page, .probes = truth->probes};
    count(truth, &told);
    if (told.doubtful > 0 && truth->control != NULL)
        (void) snprintf(told.control, sizeof told.control, "%s", truth->control);   /* for people: a long name is cut */
    told.verdict = judge(truth, &told);

    struct words words = {.at = told.says};
    if (told.verdict == TRUTH_OURSELVES) {
        say_ourselves(truth, &told, &words);
    } else {
        say(&words, "page %s, ", page_word(truth));
        say_probes(&told, &words);
        say_rest(&told, &words);
    }
    *out = told;
    return true;
}

const char *truth_verdict_name(enum truth_verdict verdict)
{
    static const char *const names[] = {
        [TRUTH_AGREE] = "agree", [TRUTH_BOTH_RED] = "both_red", [TRUTH_PAGE_GREEN] = "page_green", [TRUTH_PAGE_RED] = "page_red",
        [TRUTH_PAGE_UNREADABLE] = "page_unreadable", [TRUTH_PROBES_BLIND] = "probes_blind", [TRUTH_NOBODY] = "nobody",
        [TRUTH_OURSELVES] = "ourselves",
    };

    return names[verdict];
}
