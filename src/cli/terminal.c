/* SPDX-License-Identifier: Apache-2.0 */
/* How wide the screen is: POSIX does not say how to ask, so this is the one place that asks the system. */
#define _DEFAULT_SOURCE /* struct winsize, where the C library hides it */

#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

unsigned
terminal_width(void)
{
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        return size.ws_col;
#endif
    return 0;
}
