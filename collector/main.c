/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin-collector: polls vendors' status pages, probes its own host, publishes what it sees.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <zmq.h>

#include "collector/check.h"
#include "collector/daemon.h"
#include "collector/detect.h"
#include "collector/keygen.h"
#include "collector/once.h"
#include "collector/parse.h"
#include "collector/samples_show.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *does;
} commands[] = {
    {"run", daemon_main, "polls, probes and publishes until SIGTERM; SIGHUP reads the configuration again"},
    {"check", check_main, "reads the configuration and says what is wrong with it; touches no network"},
    {"once", once_main, "polls and probes everything now and prints what it would publish; needs no aggregator"},
    {"parse", parse_main, "prints what a feed makes of a saved page"},
    {"detect", detect_main, "finds out which platform a status page runs on"},
    {"samples", samples_main, "shows what came in place of pages that could not be read"},
    {"keygen", keygen_main, "makes a CURVE key pair"},
};

static void print_usage(FILE *stream)
{
    (void) fputs("usage: tocsin-collector COMMAND [OPTION]...\n\n", stream);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        (void) fprintf(stream, "  %-7s %s\n", commands[i].name, commands[i].does);
    (void) fputs("\nexamples:\n"
                 "  tocsin-collector once --config conf/collector.yaml\n"
                 "  tocsin-collector run --config /etc/tocsin/collector.yaml\n"
                 "\nEach command answers --help; --version says what this is made of.\n", stream);
}

static void print_version(void)
{
    int major;
    int minor;
    int patch;
    zmq_version(&major, &minor, &patch);
    (void) printf("tocsin-collector %s (%s), libcurl %s, libuv %s, libzmq %d.%d.%d\n", TOCSIN_VERSION, TOCSIN_COMMIT,
                  curl_version_info(CURLVERSION_NOW)->version, uv_version_string(), major, minor, patch);
}

int main(int argc, char **argv)
{
    /* Lookups and disk walks share libuv's pool: four threads are stalled by four hung mounts. */
    if (setenv("UV_THREADPOOL_SIZE", "16", 0) != 0)
        return 1;
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_usage(stdout);
        return 0;
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        print_version();
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    print_usage(stderr);
    return 2;
}
