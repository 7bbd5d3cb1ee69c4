/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libs_only: loads the libraries the aggregator is linked with, initialises them as it does and sleeps: the floor its
 * memory is compared with. Prints its pid's line "ready" and waits for the end of standard input.
 */
#include <curl/curl.h>
#include <cyaml/cyaml.h>
#include <jansson.h>
#include <lmdb.h>
#include <microhttpd.h>
#include <sodium.h>
#include <stdio.h>
#ifdef TOCSIN_SYSTEMD
#include <systemd/sd-daemon.h>
#endif
#include <unistd.h>
#include <uv.h>
#include <yaml.h>
#include <zlib.h>
#include <zmq.h>

int main(void)
{
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return 1;
    void *context = zmq_ctx_new();
#ifdef TOCSIN_SYSTEMD
    (void) sd_booted();   /* loads it */
#endif
    (void) printf("ready %s %s %s %s %s %s %s %s\n", cyaml_version_str, yaml_get_version_string(), mdb_version(NULL, NULL, NULL), MHD_get_version(), jansson_version_str(), zlibVersion(),
                  uv_version_string(), context == NULL ? "" : "zmq");
    (void) fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}
