/* What the small programs of the benchmark share: loopback sockets, and dying with a reason. */
#ifndef COMMON_H
#define COMMON_H

#define _GNU_SOURCE /* accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* As large as the largest read of raccord, and as socat's with -b 262144. */
#define BULK (256 * 1024)

static inline void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline struct sockaddr_in loopback(uint32_t address, int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    at.sin_addr.s_addr = htonl(address);
    return at;
}

static inline void no_delay(int socket)
{
    int on = 1;
    if (setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
        fail("TCP_NODELAY");
}

/* A listening socket on a free port of 127.0.0.1; whoever started us finds the port in /proc. */
static inline int listen_on_loopback(int flags)
{
    struct sockaddr_in at = loopback(INADDR_LOOPBACK, 0);
    int listener = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 1024) < 0)
        fail("listen");
    return listener;
}

static inline void write_all(int to, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(to, bytes, count);
        if (written < 0)
            fail("write");
        bytes += written;
        count -= (size_t)written;
    }
}

#endif
