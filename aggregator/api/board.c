/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/board.h"

#include <string.h>

int board_load(struct board *board, struct store *store)
{
    WorldRow world;
    struct store_txn *txn;

    memcpy(board->lineage, store_schema(store)->lineage, LINEAGE_BYTES);
    int r = store_read(store, &txn);
    if (r < 0)
        return r;
    r = store_get(txn, TABLE_META, key_name(STORE_META_WORLD), &world);
    store_end(txn);
    if (r != 0)
        return r < 0 ? r : 0;            /* absent: nothing was ever committed, all rounds are 0 */

    atomic_store(&board->round, world.round);
    for (int i = 0; i < VIEW_COUNT; i++)
        atomic_store(&board->views[i], world.views[i]);
    return 0;
}

void board_commit(struct board *board, const struct commit_note *note)
{
    for (int i = 0; i < VIEW_COUNT; i++) {
        if ((note->views & (1u << i)) != 0)
            atomic_store_explicit(&board->views[i], note->round, memory_order_release);
    }
    atomic_store_explicit(&board->round, note->round, memory_order_release);
}

void board_read(const struct board *board, uint32_t mask, struct rounds *out)
{
    for (int i = 0; i < VIEW_COUNT; i++)
        out->views[i] = (mask & (1u << i)) == 0 ? 0 : atomic_load_explicit(&board->views[i], memory_order_acquire);
}

void rounds_of_world(const WorldRow *world, uint32_t mask, struct rounds *out)
{
    for (int i = 0; i < VIEW_COUNT; i++)
        out->views[i] = (mask & (1u << i)) == 0 ? 0 : world->views[i];
}

uint32_t board_since(const struct board *board, uint64_t round)
{
    uint32_t mask = 0;

    for (int i = 0; i < VIEW_COUNT; i++) {
        if (atomic_load_explicit(&board->views[i], memory_order_acquire) > round)
            mask |= 1u << i;
    }
    return mask;
}

const char *view_name(enum view view)
{
    static const char *const names[VIEW_COUNT] = {
        [VIEW_SERVICES] = "services", [VIEW_HOSTS] = "hosts",   [VIEW_ALERTS] = "alerts", [VIEW_TIMELINE] = "timeline",
        [VIEW_OUTBOX] = "outbox",     [VIEW_AUDIT] = "audit",   [VIEW_TOKENS] = "tokens", [VIEW_COLLECTORS] = "collectors",
        [VIEW_MAINTENANCE] = "maintenance", [VIEW_EVIDENCE] = "evidence", [VIEW_INCIDENTS] = "incidents",
        [VIEW_VENDOR] = "vendor",
    };

    return names[view];
}
