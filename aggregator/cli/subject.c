/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/subject.h"

#include <string.h>

#include "common/limits.h"
#include "common/text.h"

bool cli_is_subject(const char *service)
{
    struct text in = text_of(service), host;
    bool has_colon = strchr(service, ':') != NULL;

    if (has_colon && !(text_take_until(&in, ':', &host) && text_is_id(host, ID_BYTES_MAX)))
        return false;
    return text_is_id(in, has_colon ? CHECK_BYTES_MAX : ID_BYTES_MAX);
}
