/* ready.c
 * Has tshark stop before main(), with all protocols registered, and fork for each run that ready.py
 * or tshark.c asks for: a fifth of the time of a start. Loaded by LD_PRELOAD; for the versions of
 * Wireshark in ready.py.
 *
 * A run is tshark's own main(), with arguments, files and time zone of its own. Only what it would
 * do again is left out, and the freeing of all memory at its end, which would copy each page.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/ready.h"

typedef int main_t(int argc, char **argv, char **environment);
typedef void part_t(void);
typedef int start_t(main_t *main, int argc, char **argv, part_t *init, part_t *fini,
                    part_t *end_of_loader, void *end_of_stack);

/* Wireshark's. What 4.0 has as an int, 0 or 1, is a bool since 4.4; 4.6 does not ask for a name. */
typedef void wtap_init_t(int has_plugins);
typedef bool epan_init_t(part_t *callback, void *data, int has_plugins);
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
static int waiting; /* the connection with who waits for the run */

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

/* Sends the status to who waits for the run, when all that it printed is written. */
static void tell_status(int status, void *data)
{
    (void)data;
    fflush(NULL);
    send(waiting, &status, sizeof status, MSG_NOSIGNAL);
}

/* Runs main() as a request says. Its words, each with a 0 behind it: time zone, directory, the
 * number of each file, an empty one, and the arguments. */
static int run(char *program, char *request, size_t length, const int *files, char **environment)
{
    static char *argv[REQUEST_MAX]; /* more than a request has */
    char *words = request;
    int argc = 0;

    setenv("TZ", words, 1);
    tzset();
    words += strlen(words) + 1;
    if (chdir(words) != 0)
        return EXIT_FAILURE;
    words += strlen(words) + 1;
    for (; *words; words += strlen(words) + 1, files++) {
        dup2(*files, (int)strtol(words, NULL, 10));
        close(*files);
    }
    argv[argc++] = program;
    while ((words += strlen(words) + 1) < request + length)
        argv[argc++] = words;
    return tshark_main(argc, argv, environment);
}

/* Reads a request and its files, to which it gives numbers from FILES_FIRST on; returns its length,
 * 0 where there is none. */
static size_t receive(char *request, int *files)
{
    char control[CMSG_SPACE(FILES_MAX * sizeof *files)];
    struct iovec part = { .iov_base = request, .iov_len = REQUEST_MAX };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    const ssize_t length = recvmsg(waiting, &message, 0);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    if (length <= 0 || !header)
        return 0;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof *files;

    memcpy(files, CMSG_DATA(header), count * sizeof *files);
    for (size_t i = 0; i < count; i++) {
        const int received = files[i];

        files[i] = fcntl(received, F_DUPFD, FILES_FIRST);
        close(received);
    }
    return (size_t)length;
}

/* In place of main(): a process for each run. */
static int serve(int argc, char **argv, char **environment)
{
    static char request[REQUEST_MAX];
    static int files[FILES_MAX];
    const int channel = (int)strtol(getenv("READY_CHANNEL"), NULL, 10);
    int connection;

    (void)argc;
    if (!get_ready(argv[0]))
        _exit(EXIT_FAILURE);
    while ((connection = accept(channel, NULL, NULL)) >= 0) {
        if (fork() == 0) {
            close(channel);
            waiting = fcntl(connection, F_DUPFD, FILES_FIRST);
            close(connection);
            const size_t length = receive(request, files);

            if (length == 0)
                _exit(EXIT_FAILURE);
            on_exit(tell_status, NULL);
            /* Ends the run when nobody waits for it any more. */
            fcntl(waiting, F_SETOWN, getpid());
            fcntl(waiting, F_SETFL, O_ASYNC);
            return run(argv[0], request, length, files, environment);
        }
        close(connection);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ; /* a run that has ended */
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
