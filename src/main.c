/* SPDX-License-Identifier: Apache-2.0 */
#include "base/atomicfile.h"
#include "cli/commands.h"

int
main(int argc, char **argv)
{
    atomic_install_handlers();
    return cli_main(argc, argv);
}
