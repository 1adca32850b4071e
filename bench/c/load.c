/* load PORT CONNECTIONS REQUESTS kept|each: asks an echo server 64 bytes at a time, and checks every answer.
 *
 * So many CONNECTIONS are open at a time, each with one request under way, until REQUESTS were answered in all.
 * kept: a connection is used again and again; each: every request has its own, closed behind it.
 *
 * It prints `ready` once the connections stand and each was answered once (kept), waits for a line on stdin, works, and
 * prints the requests answered and the seconds it took. A wrong answer, or none, ends it with exit code 1. */
#include "common.h"

#include <sys/epoll.h>
#include <time.h>

enum { MESSAGE = 64 };

struct connection {
    int fd;
    unsigned received;
    char request[MESSAGE], answer[MESSAGE];
};

static int port, epoll, each;
static long opened, asked;

/* A server's port and one address have 28,000 ports to connect from, and each is kept for a minute after its use. */
static uint32_t own_address(void) { return (127u << 24) + (1u << 16) + 1 + (uint32_t)(opened % 200); }

static void open_one(struct connection *it)
{
    int late = 1;
    struct sockaddr_in own = loopback(own_address(), 0), server = loopback(INADDR_LOOPBACK, port);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = it };
    it->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (it->fd < 0 || setsockopt(it->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late) < 0
        || bind(it->fd, (struct sockaddr *)&own, sizeof own) < 0
        || connect(it->fd, (struct sockaddr *)&server, sizeof server) < 0)
        fail("connect");
    no_delay(it->fd);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, it->fd, &event) < 0)
        fail("epoll_ctl");
    opened++;
}

/* No two requests are the same, so an answer that belongs elsewhere is found. */
static void ask(struct connection *it)
{
    memcpy(it->request, &asked, sizeof asked);
    memcpy(it->request + MESSAGE - sizeof asked, &asked, sizeof asked);
    it->received = 0;
    asked++;
    write_all(it->fd, it->request, MESSAGE);
}

/* Whether the whole answer is here. */
static int answered(struct connection *it)
{
    ssize_t got = read(it->fd, it->answer + it->received, MESSAGE - it->received);
    if (got < 0)
        fail("read");
    if (got == 0) {
        fprintf(stderr, "the server ended a connection before its answer was whole\n");
        exit(1);
    }
    it->received += (unsigned)got;
    if (it->received < MESSAGE)
        return 0;
    if (memcmp(it->request, it->answer, MESSAGE) != 0) {
        fprintf(stderr, "the answer is not what was sent\n");
        exit(1);
    }
    return 1;
}

static void begin(struct connection *it)
{
    if (each)
        open_one(it);
    ask(it);
}

/* Works until `requests` more were answered. */
static void work(struct connection *all, long connections, long requests)
{
    struct epoll_event events[256];
    long to_begin = requests, to_end = requests;
    for (long i = 0; i < connections && to_begin > 0; i++, to_begin--)
        begin(&all[i]);
    while (to_end > 0) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct connection *it = events[i].data.ptr;
            if (!answered(it))
                continue;
            to_end--;
            if (each)
                close(it->fd);
            if (to_begin > 0) {
                to_begin--;
                begin(it);
            }
        }
    }
}

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: load PORT CONNECTIONS REQUESTS kept|each\n");
        return 2;
    }
    port = atoi(argv[1]);
    long connections = atol(argv[2]), requests = atol(argv[3]);
    each = strcmp(argv[4], "each") == 0;
    epoll = epoll_create1(0);
    struct connection *all = calloc((size_t)connections, sizeof *all);
    if (!all)
        fail("calloc");
    if (!each) {
        for (long i = 0; i < connections; i++)
            open_one(&all[i]);
        work(all, connections, connections);
    }
    puts("ready");
    fflush(stdout);
    if (getchar() == EOF)
        return 1;
    double start = now();
    work(all, connections, requests);
    printf("%ld %.9f\n", requests, now() - start);
    return 0;
}
