/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_evidence.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/api/admin_write.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/evidence_body.h"
#include "aggregator/api/waiter.h"
#include "aggregator/engine/readiness.h"
#include "common/clock.h"
#include "common/mem.h"

/* On the core's thread, before the commit. Areas are ids and need no escaping. */
static size_t answer_evidence(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];
    const char *quote = waiter->word[0] == '\0' ? "" : "\"";

    int len = snprintf(body, cap, "{\"area\":\"%s\",\"result\":%s%s%s,\"round\":%llu,\"at\":\"%s\"}", waiter->subject, quote,
                       waiter->word[0] == '\0' ? "null" : waiter->word, quote, (unsigned long long) result->round,
                       clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

/* "nightly-db: pass, at 2026-…, by job 42 (sha256:…)" */
static void fill_audit(const Evidence *evidence, AuditRow *audit)
{
    char at[RFC3339_BYTES];
    char when[RFC3339_BYTES + 8] = "";

    if (evidence->has_at_ms)
        (void) snprintf(when, sizeof when, ", at %s", clock_to_rfc3339(evidence->at_ms, at));
    (void) text_copy(audit->reason, sizeof audit->reason, text_of(evidence->note));
    (void) snprintf(audit->detail, sizeof audit->detail, "%.112s: %s%s%s%.40s%s%.40s", evidence->subject,
                    evidence->result == EVIDENCE_UNSPECIFIED ? "withdrawn" : evidence_result_name(evidence->result), when,
                    evidence->origin[0] == '\0' ? "" : ", by ", evidence->origin, evidence->artefact[0] == '\0' ? "" : ", ",
                    evidence->artefact);
}

int admin_evidence(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);
    Evidence *evidence = &item->command.input.evidence;

    (void) reply;
    int r = admin_write_want_json(request, problem);
    if (r == 0)
        r = evidence_body_parse(buffer_text(&request->body), evidence, problem);
    if (r == 0)
        r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    item->kind = INBOX_COMMAND;
    item->answer = answer_evidence;
    item->status = 200;
    item->command.which_input = Command_evidence_tag;
    (void) text_copy(evidence->by, sizeof evidence->by, text_of(request->caller.who));
    bool withdraws = evidence->result == EVIDENCE_UNSPECIFIED;
    admin_write_sign(request, item, withdraws ? "evidence.withdraw" : "evidence.record", evidence->area);
    fill_audit(evidence, &item->audit);
    admin_write_wait(request, evidence->area, evidence_result_name(evidence->result));
    return admin_write_put(request, item, problem);
}

int admin_evidence_refused(const struct request *request, enum inbox_outcome outcome, struct problem *problem)
{
    const char *area = request->waiter->subject;

    if (outcome == INBOX_NO_SUCH_EVIDENCE)
        return problem_set(problem, PROBLEM_NOT_FOUND, "%s has no record of this subject", area);
    if (outcome == INBOX_TOO_MANY_SUBJECTS)
        return problem_set(problem, PROBLEM_CONFLICT,
                           "%s has as many subjects as are kept; withdraw one (result null) or keep to the names there are", area);
    if (area_kind_of(area) != AREA_RECORDED)
        return problem_set(problem, PROBLEM_NOT_FOUND, "%s is computed from the services and takes no records", area);
    return problem_set(problem, PROBLEM_NOT_FOUND, "no area of evidence is called %s; GET /api/readiness lists them", area);
}
