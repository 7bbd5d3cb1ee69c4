/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/cells.h"

#include <string.h>

#include "common/text.h"

const char *cell_text(const json_t *object, const char *member, char words[static CELL_BYTES])
{
    const char *value = json_string_value(json_object_get(object, member));

    (void) text_copy(words, CELL_BYTES, text_of(value));   /* cut is fine: a screen is not an archive */
    return words;
}

const char *cell_time(const json_t *object, const char *member, char words[static CELL_BYTES])
{
    (void) cell_text(object, member, words);
    if (words[0] == '\0')
        return "-";
    if (strlen(words) < 19 || words[10] != 'T')
        return words;
    words[10] = ' ';
    words[19] = '\0';
    return words;
}
