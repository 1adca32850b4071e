/* echo: the least that an echo server for many clients is: epoll, read, write.
 *
 * What raccord costs beyond this is what its conveniences cost. It listens on a free port of 127.0.0.1. */
#include "common.h"

#include <poll.h>
#include <sys/epoll.h>

static char buffer[64 * 1024];

static void watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            if (errno == EAGAIN || errno == ECONNABORTED)
                return;
            fail("accept4");
        }
        no_delay(client);
        watch(epoll, client);
    }
}

/* A client that does not read holds up all others: a real server would queue, for 64 bytes it never matters. */
static int answer(int client, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t written = write(client, buffer + done, count - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd room = { .fd = client, .events = POLLOUT };
            poll(&room, 1, -1);
        } else {
            return -1;
        }
    }
    return 0;
}

int main(void)
{
    struct epoll_event events[1024];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_on_loopback(SOCK_NONBLOCK);
    watch(epoll, listener);
    for (;;) {
        int count = epoll_wait(epoll, events, 1024, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(epoll, listener);
                continue;
            }
            ssize_t got = read(fd, buffer, sizeof buffer);
            if (got < 0 && errno == EAGAIN)
                continue;
            if (got <= 0 || answer(fd, (size_t)got) < 0)
                close(fd);
        }
    }
}
