/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_lines: the limit of a replay from text: each line of a file is parsed as JSON, and that is all.
 *
 *     json_lines FILE      exit 1 when a line is no JSON
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    char line[65536];
    FILE *in = argc == 2 ? fopen(argv[1], "re") : NULL;

    if (in == NULL)
        return 2;
    while (fgets(line, sizeof line, in) != NULL) {
        json_t *parsed = json_loadb(line, strlen(line), JSON_REJECT_DUPLICATES, NULL);
        if (parsed == NULL)
            return 1;
        json_decref(parsed);
    }
    (void) fclose(in);
    return 0;
}
