/* SPDX-License-Identifier: Apache-2.0 */
/* CSV with a header. The first line of the input is the header; quoted cells may hold line ends, so the cut into blocks
 * is the interesting part: small blocks must give the same counts as one block. */
#include "fuzz.h"

const char fuzz_target[] = "csv";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_log whole, cut;

    fuzz_log_read(&whole, "csv", data, size, (size_t)256 << 10);
    fuzz_log_read(&cut, "csv", data, size, 64);
    fuzz_require(whole.events == cut.events);
    fuzz_require(whole.rejects == cut.rejects);
    fuzz_require(whole.blanks == cut.blanks);
    fuzz_require(whole.damaged == cut.damaged);
    fuzz_log_fini(&whole);
    fuzz_log_fini(&cut);
    return 0;
}
