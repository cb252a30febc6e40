/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one command with its output thrown away and prints what it took:
 *
 *   turn COMMAND ARG...     ->     WALL-SECONDS CPU-SECONDS PEAK-KIB EXIT-STATUS
 *
 * The shell's `time` knows no peak memory, and GNU time is not everywhere. As there is one child, the peak of
 * getrusage(RUSAGE_CHILDREN) is that of the command (in KiB on Linux and the BSDs). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/wait.h>

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: turn COMMAND ARG...\n", stderr);
        return 2;
    }
    const double start = now();
    const pid_t pid = fork();
    if (pid == 0) {
        const int null = open("/dev/null", O_WRONLY);
        if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
            _exit(127);
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        perror("turn");
        return 1;
    }
    const double wall = now() - start;
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    printf("%.4f %.4f %ld %d\n", wall, seconds(u.ru_utime) + seconds(u.ru_stime), u.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
