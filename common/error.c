/* SPDX-License-Identifier: Apache-2.0 */
#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
    if (err == NULL)
        return code;

    va_list args;
    va_start(args, format);
    err->code = code;
    (void) vsnprintf(err->text, sizeof err->text, format, args);   /* a cut sentence is still a sentence */
    va_end(args);
    return code;
}

int error_context(struct error *err, const char *format, ...)
{
    if (err == NULL)
        return -EINVAL;

    char what[sizeof err->text];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(what, sizeof what, format, args);
    va_end(args);

    char whole[sizeof what + sizeof err->text + 2];
    (void) snprintf(whole, sizeof whole, "%s: %s", what, err->text);
    whole[sizeof err->text - 1] = '\0';
    memcpy(err->text, whole, strlen(whole) + 1);
    return err->code;
}
