/* SPDX-License-Identifier: Apache-2.0 */
#include "house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"

int house_set_up(void **state, const char *name)
{
    struct house *house = mem_new(sizeof *house);
    (void) snprintf(house->directory, sizeof house->directory, "/tmp/tocsin-test-XXXXXX");
    if (mkdtemp(house->directory) == NULL)
        return -1;
    (void) snprintf(house->config, sizeof house->config, "%s/%s", house->directory, name);
    *state = house;
    return 0;
}

int house_tear_down(void **state)
{
    struct house *house = *state;
    DIR *directory = opendir(house->directory);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        (void) unlinkat(dirfd(directory), entry->d_name, 0);   /* . and .. refuse */
    if (directory != NULL)
        (void) closedir(directory);
    int r = rmdir(house->directory);
    free(house);
    return r;
}

void house_put(const struct house *house, const char *name, const char *text, mode_t mode)
{
    char path[256];
    (void) snprintf(path, sizeof path, "%s/%s", house->directory, name);
    assert_int_equal(file_write(path, text, strlen(text), mode, NULL), 0);
    assert_int_equal(chmod(path, mode), 0);
}
