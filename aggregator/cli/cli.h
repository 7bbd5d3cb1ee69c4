/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: the subcommands that are not `run`: one file each. They talk to the daemon over its Unix socket and, where that
 * makes sense, work on its files while it is down.
 *
 * argv[0] is the name of the subcommand. What is returned is the exit code: 0 done, 1 failed, 2 wrong usage; `status`
 * and `readiness` answer as a Nagios plugin does. Data goes to stdout, talk to stderr.
 */
#pragma once

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* check [--config FILE] [--effective]: reads the configuration, touches no network. */
int cli_check(int argc, char **argv);

/* status [SERVICE] [-o table|json] [--config FILE | --addr URL]: exit 0 healthy, 1 degraded, 2 down, 3 unknown. */
int cli_status(int argc, char **argv);

/* enroll NAME [--services] [--replace] [--config FILE]: a new key pair; prints the file for the host. */
int cli_enroll(int argc, char **argv);

/* readiness [-o table|json] [--config FILE | --addr URL]: exit 0 ready, 1 limited, 2 not ready, 3 not known. */
int cli_readiness(int argc, char **argv);

/* evidence AREA SUBJECT RESULT [--at TIME] ... [--config FILE | --addr URL]: records it, for scripts. */
int cli_evidence(int argc, char **argv);

/* poll SERVICE [--config FILE | --addr URL]: has its page read now. */
int cli_poll(int argc, char **argv);

/* outbox list | show SEQUENCE | retry SEQUENCE | drop SEQUENCE --reason WORDS: notifications, and those that failed. */
int cli_outbox(int argc, char **argv);

/* notify test CHANNEL [--config FILE]: a labelled message to its receiver; exit 0 delivered, 1 not. */
int cli_notify(int argc, char **argv);

/* webhook SERVICE [--config FILE]: the address its page may post to, or lines that make one. */
int cli_webhook(int argc, char **argv);

/* forget NAME | SERVICE SOURCE [--config FILE]: a host that is gone, or one source of a service. */
int cli_forget(int argc, char **argv);

/* token create NAME --role ROLE | list | revoke NAME [--config FILE]. */
int cli_token(int argc, char **argv);
