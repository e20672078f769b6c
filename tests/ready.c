/* ready.c
 * Has tshark stop before main(), with all protocols registered, and fork for each run that ready.py
 * asks for: a fifth of the time of a start. Loaded by LD_PRELOAD; for Wireshark 4.0.
 *
 * A run is tshark's own main(), with arguments, output and time zone of its own. Only what it would
 * do again is left out, and the freeing of all memory at its end, which would copy each page.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 16 }; /* bytes */

typedef int main_t(int argc, char **argv, char **environment);
typedef void part_t(void);
typedef int start_t(main_t *main, int argc, char **argv, part_t *init, part_t *fini,
                    part_t *end_of_loader, void *end_of_stack);
typedef void wtap_init_t(int has_plugins);
typedef int epan_init_t(part_t *callback, void *data, int has_plugins);

/* Wireshark's. */
void init_process_policies(void);
char *configuration_init(const char *program, const char *name);

/* In place of Wireshark's, when main() calls them: that is done. */
void wtap_init(int has_plugins);
int epan_init(part_t *callback, void *data, int has_plugins);
void epan_cleanup(void);
void wtap_cleanup(void);
int __libc_start_main(main_t *main, int argc, char **argv, part_t *init, part_t *fini,
                      part_t *end_of_loader, void *end_of_stack);

static main_t *tshark_main;
static int channel; /* from and to ready.py */

void wtap_init(int has_plugins)
{
    (void)has_plugins;
}

int epan_init(part_t *callback, void *data, int has_plugins)
{
    (void)callback;
    (void)data;
    (void)has_plugins;
    return true;
}

void epan_cleanup(void)
{
}

void wtap_cleanup(void)
{
}

/* What main() does at first that takes long. */
static bool get_ready(const char *program)
{
    init_process_policies();
    configuration_init(program, NULL);
    ((wtap_init_t *)dlsym(RTLD_NEXT, "wtap_init"))(true);
    return ((epan_init_t *)dlsym(RTLD_NEXT, "epan_init"))(NULL, NULL, true);
}

/* Runs main() as a request says: time zone and arguments, each with a 0 behind it. */
static int run(char *program, char *request, size_t length, const int *outputs, char **environment)
{
    static char *argv[REQUEST_MAX]; /* more than a request has */
    int argc = 0;

    setenv("TZ", request, 1);
    tzset();
    argv[argc++] = program;
    for (char *word = request; (word += strlen(word) + 1) < request + length;)
        argv[argc++] = word;
    for (int i = 0; i < 2; i++) {
        dup2(outputs[i], STDOUT_FILENO + i);
        close(outputs[i]);
    }
    close(channel);
    return tshark_main(argc, argv, environment);
}

/* Reads a request and its two files, for output and errors; returns its length, 0 at the end. */
static size_t receive(char *request, int *outputs)
{
    char control[CMSG_SPACE(2 * sizeof *outputs)];
    struct iovec part = { .iov_base = request, .iov_len = REQUEST_MAX };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    const ssize_t length = recvmsg(channel, &message, 0);

    if (length <= 0 || !CMSG_FIRSTHDR(&message))
        return 0;
    memcpy(outputs, CMSG_DATA(CMSG_FIRSTHDR(&message)), 2 * sizeof *outputs);
    return (size_t)length;
}

/* In place of main(): one run after another. */
static int serve(int argc, char **argv, char **environment)
{
    static char request[REQUEST_MAX];
    int outputs[2], status = 0;
    size_t length;

    (void)argc;
    channel = (int)strtol(getenv("READY_CHANNEL"), NULL, 10);
    if (!get_ready(argv[0]))
        _exit(EXIT_FAILURE);
    while (send(channel, &status, sizeof status, 0) > 0 &&
           (length = receive(request, outputs)) > 0) {
        const pid_t child = fork();

        if (child == 0)
            return run(argv[0], request, length, outputs, environment);
        close(outputs[0]);
        close(outputs[1]);
        waitpid(child, &status, 0);
    }
    _exit(EXIT_SUCCESS);
}

/* What calls main(), of each program that has this loaded: setpriv, too. */
int __libc_start_main(main_t *main, int argc, char **argv, part_t *init, part_t *fini,
                      part_t *end_of_loader, void *end_of_stack)
{
    start_t *start = (start_t *)dlsym(RTLD_NEXT, "__libc_start_main");

    tshark_main = main;
    return start(dlsym(RTLD_NEXT, "epan_init") ? serve : main, argc, argv, init, fini,
                 end_of_loader, end_of_stack);
}
