/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/daemon_choice.h"
#include "aggregator/cli/options.h"
#include "common/mem.h"
#include "common/text.h"

static const char help[] =
    "Usage: tocsin-aggregator evidence AREA SUBJECT pass|warn|fail|withdraw [--at TIME] [--origin JOB] [--artefact REF]\n"
    "                [--note TEXT] [--config FILE | --addr URL [--token-file FILE]]\n"
    "\n"
    "Records what was proven of SUBJECT in AREA, for `readiness`: the last line of a backup script, a restore drill, a smoke\n"
    "test. It runs nothing. withdraw takes the record of a subject that is no more away.\n"
    "\n"
    "  --at TIME           when it was tried, as 2026-11-21T10:22:00Z; default: now\n"
    "  --origin JOB        the job that tried it; default: this machine's name\n"
    "  --artefact REF      digest or address of what it made\n"
    "  --note TEXT         a line for people\n"
    DAEMON_CHOICE_HELP
    "\n"
    "Examples:\n"
    "  pg_dump shop > shop.sql && tocsin-aggregator evidence backup shop pass --artefact \"$(sha256sum shop.sql | cut -c1-64)\"\n"
    "  tocsin-aggregator evidence restore_test shop warn --note \"two tables were empty\"\n"
    "\n"
    "Exit: 0 recorded, 1 not (or it is not known whether), 2 wrong usage.\n";

struct proof {
    const char *area, *subject, *result, *at, *origin, *artefact, *note;
};

static void json_freep(json_t **json)
{
    json_decref(*json);
}

static void put(json_t *body, const char *name, const char *value)
{
    if (value != NULL)
        (void) json_object_set_new(body, name, json_string(value));   /* UTF-8: find_bad has looked */
}

static json_t *body_of(const struct proof *proof)
{
    json_t *body = json_object();
    bool withdraws = strcmp(proof->result, "withdraw") == 0;

    put(body, "area", proof->area);
    put(body, "subject", proof->subject);
    put(body, "result", withdraws ? NULL : proof->result);
    if (withdraws)
        (void) json_object_set_new(body, "result", json_null());
    put(body, "at", proof->at);
    put(body, "origin", proof->origin);
    put(body, "artefact", proof->artefact);
    put(body, "note", proof->note);
    return body;
}

static int send(struct daemon_client *client, const struct proof *proof, struct error *err)
{
    CLEANUP(json_freep) json_t *body = body_of(proof);
    struct daemon_reply reply = {0};

    int r = daemon_client_call(client, "POST", "/api/admin/evidence", body, &reply, err);
    if (r < 0)
        return r;
    if (reply.status != 200)
        r = daemon_client_problem(&reply, err);
    json_decref(reply.body);
    return r;
}

/* A text that no JSON can hold; NULL: none. */
static const char *find_bad(const struct proof *proof)
{
    const char *const texts[] = {proof->area, proof->subject, proof->at, proof->origin, proof->artefact, proof->note};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (texts[i] != NULL && !text_is_utf8(text_of(texts[i])))
            return texts[i];
    }
    return NULL;
}

static bool is_result(const char *word)
{
    static const char *const words[] = {"pass", "warn", "fail", "withdraw"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}

int cli_evidence(int argc, char **argv)
{
    struct daemon_choice whom = {0};
    struct proof proof = {0};
    const struct cli_option options[] = {
        DAEMON_CHOICE_OPTIONS(whom), {"at", .value = &proof.at}, {"origin", .value = &proof.origin},
        {"artefact", .value = &proof.artefact}, {"note", .value = &proof.note}, {NULL}};
    char host[HOST_NAME_MAX + 1] = "";
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n != 3)
        return cli_usage("evidence", "expected AREA SUBJECT RESULT");
    if (!is_result(words.at[2]))
        return cli_usage("evidence", "found the result '%s', expected pass, warn, fail or withdraw", words.at[2]);
    if (daemon_choice_check(&whom) != NULL)
        return cli_usage("evidence", "%s", daemon_choice_check(&whom));
    proof.area = words.at[0];
    proof.subject = words.at[1];
    proof.result = words.at[2];
    if (proof.origin == NULL && gethostname(host, sizeof host - 1) == 0 && host[0] != '\0')
        proof.origin = host;

    if (find_bad(&proof) != NULL)
        return cli_usage("evidence", "found '%s', expected UTF-8", find_bad(&proof));

    struct error err = {0};
    CLEANUP(daemon_client_freep) struct daemon_client *client = daemon_choice_open(&whom, &err);
    if (client == NULL || send(client, &proof, &err) < 0) {
        (void) fprintf(stderr, "tocsin-aggregator evidence: %s\n", err.text);
        return CLI_FAILED;
    }
    return CLI_DONE;
}
