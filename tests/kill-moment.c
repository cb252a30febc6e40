/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command and kills it after a while, for tests/kill:
 *
 *   moment MICROSECONDS SIGNAL COMMAND ARG...    ->    exit status of the command, or 128 + the signal that ended it
 *
 * Signal 0 only waits. The shell's sleep knows no fractions of a second everywhere. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: moment MICROSECONDS SIGNAL COMMAND ARG...\n", stderr);
        return 2;
    }
    const long us = strtol(argv[1], NULL, 10);
    const int number = (int)strtol(argv[2], NULL, 10);
    const struct timespec wait = { us / 1000000, us % 1000000 * 1000 };
    const pid_t pid = fork();
    if (pid == 0) {
        /* A shell makes its background jobs ignore it, and what is ignored stays so. */
        signal(SIGINT, SIG_DFL);
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    int status = 0;
    if (pid < 0)
        return 127;
    if (number != 0) {
        nanosleep(&wait, NULL);
        kill(pid, number);
    }
    if (waitpid(pid, &status, 0) != pid)
        return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
