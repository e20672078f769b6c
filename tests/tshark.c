/* tshark.c
 * A tshark in PATH for the programs that tests run, which start it themselves: asks the one that
 * ready.c made for the run, and ends as that does. Compiled with SOCKET, READY_PLUGINS and TSHARK.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/ready.h"

/* Would a start do the same? Lua's scripts, and other plugins, are read at a start. */
static bool can_ask(int argc, char **argv)
{
    const char *plugins = getenv("WIRESHARK_PLUGIN_DIR");

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "-X", 2) == 0 || strcmp(argv[i], "-i") == 0)
            return false;
    return plugins && strcmp(plugins, READY_PLUGINS) == 0;
}

/* Lists all files that are open, as a process that is started would have them; returns how many. */
static size_t list_files(int *files)
{
    size_t count = 0;

    for (int file = 0; file < FILES_FIRST && count < FILES_MAX; file++)
        if (fcntl(file, F_GETFD) >= 0)
            files[count++] = file;
    return count;
}

/* Adds a word and the 0 behind it to a request; returns its length, REQUEST_MAX where that does not
 * fit. */
static size_t add(char *request, size_t length, const char *word)
{
    const size_t size = strlen(word) + 1;

    if (size >= REQUEST_MAX - length)
        return REQUEST_MAX;
    memcpy(request + length, word, size);
    return length + size;
}

/* Returns the connection on which the status will come; -1: none. */
static int ask(int argc, char **argv)
{
    static char request[REQUEST_MAX];
    int files[FILES_MAX];
    char directory[4096], number[16], control[CMSG_SPACE(sizeof files)] = "";
    const size_t count = list_files(files);
    const int connection = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
    size_t length = add(request, 0, getenv("TZ") ? getenv("TZ") : "UTC");

    length = add(request, length, getcwd(directory, sizeof directory) ? directory : "/");
    for (size_t i = 0; i < count; i++) {
        snprintf(number, sizeof number, "%d", files[i]);
        length = add(request, length, number);
    }
    length = add(request, length, "");
    for (int i = 1; i < argc; i++)
        length = add(request, length, argv[i]);

    struct iovec part = { .iov_base = request, .iov_len = length };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = CMSG_SPACE(count * sizeof *files) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof *files);
    memcpy(CMSG_DATA(header), files, count * sizeof *files);
    if (count == 0 || length == REQUEST_MAX ||
        connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
        sendmsg(connection, &message, 0) < 0)
        return -1;
    return connection;
}

int main(int argc, char **argv)
{
    int connection, status;

    if (!can_ask(argc, argv) || (connection = ask(argc, argv)) < 0)
        execv(TSHARK, argv);
    else if (recv(connection, &status, sizeof status, 0) == sizeof status)
        return status;
    abort(); /* a signal ended the run */
}
