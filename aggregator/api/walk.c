/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/walk.h"

#include <errno.h>

#include "common/log.h"

bool walk_next(struct store_cursor *cursor, struct store_key *key, void *row)
{
    for (;;) {
        int r = store_next(cursor, key, row);
        if (r == 0)
            return true;
        if (r == STORE_ABSENT)
            return false;
        if (r == -EBADMSG)
            continue;
        log_error("api.walk_failed", "a table could not be read to its end", LOG_INT("table", cursor->table), LOG_INT("errno", -r));
        return false;
    }
}
