/* pattern make BYTES: that many bytes on stdout in which each word of eight says which one it is.
 * pattern check BYTES: reads stdin to its end; exit 1 unless it was that many bytes, each of its pages in its place.
 * pattern check-all BYTES: the same for every single word; for a run that is not timed. */
#include "common.h"

enum { WORD = sizeof(uint64_t), PAGE = 4096 };

static uint64_t buffer[BULK / WORD];

static void make(uint64_t bytes)
{
    for (uint64_t done = 0; done < bytes; done += BULK) {
        for (uint64_t i = 0; i < BULK / WORD; i++)
            buffer[i] = done / WORD + i;
        write_all(1, (char *)buffer, bytes - done < BULK ? bytes - done : BULK);
    }
}

static int check(uint64_t bytes, uint64_t step)
{
    uint64_t count = 0, next = 0; /* bytes read; where the next word to look at is */
    for (;;) {
        /* reads end anywhere: what is left of a word stays in front of the next */
        uint64_t held = count % WORD;
        ssize_t got = read(0, (char *)buffer + held, sizeof buffer - held);
        if (got < 0)
            fail("read");
        if (got == 0)
            break;
        uint64_t start = count - held, whole = (held + (uint64_t)got) / WORD * WORD;
        for (; next + WORD <= start + whole; next += step) {
            if (buffer[(next - start) / WORD] != next / WORD) {
                fprintf(stderr, "the word at byte %llu is wrong\n", (unsigned long long)next);
                return 1;
            }
        }
        count += (uint64_t)got;
        memmove(buffer, (char *)buffer + whole, count % WORD);
    }
    if (count != bytes) {
        fprintf(stderr, "%llu bytes came, not %llu\n", (unsigned long long)count, (unsigned long long)bytes);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t bytes = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (argc == 3 && strcmp(argv[1], "make") == 0) {
        make(bytes);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "check") == 0)
        return check(bytes, PAGE);
    if (argc == 3 && strcmp(argv[1], "check-all") == 0)
        return check(bytes, WORD);
    fprintf(stderr, "usage: pattern make|check|check-all BYTES\n");
    return 2;
}
