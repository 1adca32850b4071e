/* copy send PORT: stdin to a server on 127.0.0.1. copy receive: the first client of a free port of 127.0.0.1 to stdout.
 *
 * The least that one-way bulk is: a loop of read and write. */
#include "common.h"

static char buffer[BULK];

int main(int argc, char **argv)
{
    int from = 0, to = 1;
    if (argc == 3 && strcmp(argv[1], "send") == 0) {
        struct sockaddr_in server = loopback(INADDR_LOOPBACK, atoi(argv[2]));
        to = socket(AF_INET, SOCK_STREAM, 0);
        if (to < 0 || connect(to, (struct sockaddr *)&server, sizeof server) < 0)
            fail("connect");
    } else if (argc == 2 && strcmp(argv[1], "receive") == 0) {
        from = accept(listen_on_loopback(0), NULL, NULL);
        if (from < 0)
            fail("accept");
    } else {
        fprintf(stderr, "usage: copy send PORT | copy receive\n");
        return 2;
    }
    ssize_t got;
    while ((got = read(from, buffer, sizeof buffer)) > 0)
        write_all(to, buffer, (size_t)got);
    if (got < 0)
        fail("read");
    return 0;
}
