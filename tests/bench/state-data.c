/* SPDX-License-Identifier: Apache-2.0 */
/* Logs for the benches of state, the same for the same arguments:
 *
 *   state-data KIND RECORDS GROUPS FILE FILES     ->  file FILE (from 0) of FILES, on standard output
 *
 *   groups   RECORDS events of GROUPS accounts, by chance, over 30 days
 *   text     the same records as text, one a line, that sorts as bytes: account, time, file, line
 *   uids     as groups, each event with a uid of its own
 *   travel   one in four a log-in, from a place that is nearly always that of the account and now and then far away;
 *            and all the rest that such logs have, which the question does not ask for
 *
 * Time goes on evenly, so the events are in order, as in a log; what is out of order is the accounts. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_US INT64_C(1760000000000000)
#define SPAN_US INT64_C(2592000000000)
#define SEED UINT64_C(5)

/* SplitMix64's finaliser: the i-th number of a stream, without those before it. */
static uint64_t
random_of(uint64_t stream, uint64_t i)
{
    uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15) + stream * UINT64_C(0xd1342543de82ef95) + SEED;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

struct job {
    uint64_t records, groups;
    unsigned file, files;
};

static int64_t
time_of(const struct job *job, uint64_t i)
{
    return START_US + (int64_t)((double)i / (double)job->records * (double)SPAN_US);
}

static uint64_t
account_of(const struct job *job, uint64_t i)
{
    return random_of(1, i) % job->groups;
}

static void
put_text(const struct job *job, uint64_t i, uint64_t line)
{
    printf("u%09" PRIu64 " %" PRId64 " %u %09" PRIu64 "\n", account_of(job, i), time_of(job, i), job->file, line);
}

static void
put_event(const struct job *job, const char *action, uint64_t i)
{
    const int64_t t = time_of(job, i);
    printf("{\"time\":%" PRId64 ",\"action\":\"%s\",\"actor\":{\"user\":{\"uid\":\"u%09" PRIu64 "\"}}", t, action,
           account_of(job, i));
}

/* Homes lie all over the inhabited latitudes; one event in 5000 is somewhere else. */
static void
put_place(const struct job *job, uint64_t i)
{
    const uint64_t account = account_of(job, i);
    const uint64_t where = random_of(3, i) % 5000 == 0 ? random_of(4, i) : random_of(2, account);
    const double lat = -50 + (double)(where % 1000) / 10, longitude = -180 + (double)(where / 1000 % 3600) / 10;
    printf(",\"src_endpoint\":{\"ip\":\"10.%u.%u.%u\",\"location\":{\"lat\":%.1f,\"long\":%.1f,"
           "\"horizontal_accuracy\":50}}",
           (unsigned)(where >> 8 & 255), (unsigned)(where >> 16 & 255), (unsigned)(random_of(5, i) & 255), lat,
           longitude);
}

/* About 400 bytes that a reader has to get past. */
static void
put_context(const struct job *job, uint64_t i)
{
    static const char *const agents[] = {
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
        "Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "okhttp/4.12.0",
    };
    const uint64_t account = account_of(job, i), x = random_of(7, i);
    printf(",\"outcome\":\"%s\",\"session\":{\"uid\":\"s%016" PRIx64 "\"},\"device\":{\"uid\":\"d%016" PRIx64 "\"},"
           "\"http\":{\"method\":\"GET\",\"path\":\"/2/users/%" PRIu64
           "/timeline?max_results=100&page=%u\",\"status\":200},"
           "\"user_agent\":\"%s\",",
           x % 50 == 0 ? "failure" : "success", random_of(8, i / 7), random_of(9, account), account,
           (unsigned)(x >> 40 & 63), agents[account % 4]);
    printf("\"oauth\":{\"app_uid\":\"a%u\",\"app_name\":\"App number %u\","
           "\"scopes\":[\"tweet.read\",\"users.read\",\"follows.read\"]}",
           (unsigned)(x % 300), (unsigned)(x % 300));
}

static void
put_record(const struct job *job, const char *kind, uint64_t i, uint64_t line)
{
    if (strcmp(kind, "text") == 0) {
        put_text(job, i, line);
        return;
    }
    const bool is_travel = strcmp(kind, "travel") == 0;
    put_event(job, is_travel && random_of(10, i) % 4 == 0 ? "session.start" : "api.call", i);
    if (strcmp(kind, "uids") == 0)
        printf(",\"uid\":\"%016" PRIx64 "\"", random_of(6, i));
    if (is_travel) {
        put_place(job, i);
        put_context(job, i);
    }
    puts("}");
}

int
main(int argc, char **argv)
{
    static char buffer[1 << 16];
    if (argc != 6) {
        fputs("usage: state-data groups|text|uids|travel RECORDS GROUPS FILE FILES\n", stderr);
        return 2;
    }
    const struct job job = { strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10),
                             (unsigned)strtoul(argv[4], NULL, 10), (unsigned)strtoul(argv[5], NULL, 10) };
    if (job.records == 0 || job.groups == 0 || job.file >= job.files) {
        fputs("state-data: there is nothing to make\n", stderr);
        return 2;
    }
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    const uint64_t from = job.records * job.file / job.files, to = job.records * (job.file + 1) / job.files;
    for (uint64_t i = from; i < to; i++)
        put_record(&job, argv[1], i, i - from + 1);
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
