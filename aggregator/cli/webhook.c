/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/options.h"
#include "common/mem.h"

static const char help[] =
    "Usage: tocsin-aggregator webhook SERVICE [--config FILE]\n"
    "\n"
    "Prints the address that the vendor of SERVICE may post to when its Statuspage changes, for its subscription form.\n"
    "Where the configuration has none for it, prints lines for the configuration with a new token instead. The address is\n"
    "a secret: whoever knows it can have the page polled, once in ten seconds, and nothing more.\n"
    "\n"
    CLI_CONFIG_HELP
    "\n"
    "Example:\n"
    "  tocsin-aggregator webhook github\n"
    "\n"
    "Exit: 0 printed, 1 the configuration cannot be used or has no such service with a feed, 2 wrong usage.\n";

enum { TOKEN_BYTES = 32 };

static const struct webhook_service *find(const struct aggregator_config *config, const char *service)
{
    for (size_t i = 0; config->webhooks.enabled && i < config->webhooks.n_services; i++) {
        if (strcmp(config->webhooks.services[i].service, service) == 0)
            return &config->webhooks.services[i];
    }
    return NULL;
}

static void print_address(const struct aggregator_config *config, const struct webhook_service *one)
{
    (void) printf("%s/api/webhooks/statuspage/%s.%s\n", config->http.public_url, one->service, one->token);
    if (one->secret != NULL)
        (void) fprintf(stderr, "Posts must be signed with the secret, which Statuspage itself does not do.\n");
}

static void print_lines(const struct aggregator_config *config, const char *service)
{
    unsigned char bytes[TOKEN_BYTES];
    char token[sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];

    randombytes_buf(bytes, sizeof bytes);
    (void) sodium_bin2base64(token, sizeof token, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    (void) printf("webhooks:\n  statuspage:\n    enabled: true\n    services:\n      - {service: %s, token: \"%s\"}\n",
                  service, token);
    (void) fprintf(stderr, "Nobody may post for %s yet. Put these lines into %s, reload, and ask again for the address.\n",
                   service, config->path);
}

int cli_webhook(int argc, char **argv)
{
    const char *path = NULL;
    const struct cli_option options[] = {{"config", .value = &path}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n != 1)
        return cli_usage("webhook", "expected SERVICE, the id of a service with a feed");

    struct error err = {0};
    CLEANUP(cli_config_dropp) struct aggregator_config *config = NULL;
    if (cli_config_load(path, &config, &err) < 0) {
        (void) fprintf(stderr, "%s\n", err.text);
        return CLI_FAILED;
    }
    const char *service = words.at[0];
    const struct service_entry *entry = registry_find(&config->registry, service);
    if (entry == NULL || entry->feed == NULL) {
        (void) fprintf(stderr, "tocsin-aggregator webhook: %s\n",
                       entry == NULL ? "no service has this id" : "the service has no feed: there is no page to poll");
        return CLI_FAILED;
    }
    const struct webhook_service *one = find(config, service);
    if (one != NULL)
        print_address(config, one);
    else
        print_lines(config, service);
    return CLI_DONE;
}
