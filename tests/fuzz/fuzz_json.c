/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Lines. Besides what log.c checks of every value, the cut into blocks must not change what is read: the same
 * bytes in small blocks give the same counts. */
#include "fuzz.h"

const char fuzz_target[] = "json";

/* Records by the definition: a line ends at LF or at the end of the file. */
static uint64_t
count_lines(const uint8_t *data, size_t size)
{
    uint64_t n = 0;

    for (size_t i = 0; i < size; i++)
        n += data[i] == '\n';
    return n + (size != 0 && data[size - 1] != '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_log whole, cut;

    fuzz_log_read(&whole, "jsonl", data, size, (size_t)256 << 10);
    fuzz_log_read(&cut, "jsonl", data, size, 64);
    fuzz_require(whole.events == cut.events);
    fuzz_require(whole.rejects == cut.rejects);
    fuzz_require(whole.blanks == cut.blanks);
    fuzz_require(whole.damaged == cut.damaged);
    /* What looks compressed is inflated first; then the lines are not those of the file. */
    if (!whole.damaged && size != 0 && (data[0] == '{' || data[0] == '\n'))
        fuzz_require(whole.events + whole.rejects + whole.blanks == count_lines(data, size));
    fuzz_log_fini(&whole);
    fuzz_log_fini(&cut);
    return 0;
}
