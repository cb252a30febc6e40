/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a record, held against libcsv. */
#include "input_util.h"

#include <csv.h>
#include <string.h>

#include "input/csv_split.h"

struct fields_seen {
    struct csv_sink sink;
    struct buf out;
};

static void
show(struct buf *out, const char *p, size_t n)
{
    if (p == NULL) {
        buf_puts(out, "[-]");
        return;
    }
    buf_putc(out, '[');
    buf_put(out, p, n);
    buf_putc(out, ']');
}

/* ---- libcsv, made to take blanks and CR as text and to tell empty from missing ---- */

static void
take_field(void *p, size_t n, void *out)
{
    show(out, p, n);
}

static void
take_row(int c, void *out)
{
    (void)c;
    (void)out;
}

static int
never(unsigned char c)
{
    (void)c;
    return 0;
}

static void
by_libcsv(struct sv record, struct buf *out)
{
    struct csv_parser p;
    ck_assert_int_eq(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL), 0);
    csv_set_space_func(&p, never);
    csv_set_term_func(&p, never);
    buf_reset(out);
    if (csv_parse(&p, record.p, record.n, take_field, take_row, out) != record.n ||
        csv_fini(&p, take_field, take_row, out) != 0) {
        buf_reset(out);
        buf_puts(out, "misplaced");
    }
    csv_free(&p);
}

/* ---- ours ---- */

static void
take(struct csv_sink *s, struct sv field)
{
    struct fields_seen *seen = (struct fields_seen *)s;
    if (s->want != CSV_ALL) {
        ck_assert_uint_eq(s->n, s->want);
        s->want += 2;
        buf_printf(&seen->out, "%zu", s->n);
    }
    show(&seen->out, field.p, field.n);
}

/* record: as a block holds it. */
static void
split(struct sv record, size_t want, struct buf *out)
{
    struct arena arena = ARENA_INIT;
    struct fields_seen seen = { { .fn = take, .want = want, .arena = &arena }, *out };
    buf_reset(&seen.out);
    const bool good = csv_split(record, &seen.sink);
    *out = seen.out;
    if (!good) {
        buf_reset(out);
        buf_puts(out, "misplaced");
    }
    arena_fini(&arena);
}

static void
compare(struct sv record)
{
    struct buf padded = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
    buf_sv(&padded, record);
    /* Not zeros: what is behind the record is not its own. */
    buf_puts(&padded, "\",\",\",\",\",\",\",\",\",\",\",\",\",\",\",\",");
    by_libcsv(record, &want);
    split(sv_make(padded.p, record.n), CSV_ALL, &got);
    ck_assert_msg(sv_eq(buf_view(&want), buf_view(&got)), "<%.*s>: %.*s, by libcsv %.*s", SV_ARG(record),
                  SV_ARG(buf_view(&got)), SV_ARG(buf_view(&want)));
    buf_fini(&padded);
    buf_fini(&want);
    buf_fini(&got);
}

START_TEST(test_like_libcsv)
{
    static const char *const rows[] = {
        "a",
        "a,b",
        ",",
        ",,",
        "\"\"",
        "\"\",\"\"",
        "\"a\"",
        "\"a,b\"",
        "\"a\"\"b\"",
        "\"\"\"\"",
        "\"\"\"",
        "\"",
        "a\"b",
        "a\"b\"",
        "\"a\"b",
        "\"a\"b\"",
        " \"a\"",
        "\"a\" ",
        "\"a\nb\",c",
        "a,\"b,\"\",c\"",
        "\"a\",\"b",
        "\"a\"\"",
        "\"a\"\"\"",
        "\r",
        "a\r",
        "\"a\"\r",
        "\xff,\"\"",
        "\"a\"\"b\"\"\"",
        "a,\"\"b\"\"",
        "\"\"a\"\"",
        "\"\"\"a\"\"\"",
        "\"a\"\"b\"c\"",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        compare(sv_of(rows[i]));
}
END_TEST

/* Records of every length around the stretches that are looked at together, from few different bytes. */
START_TEST(test_random)
{
    static const char bytes[] = "aa,,\"\"\"\r\n ";
    struct rng r = { 21 };
    char record[100];
    for (int i = 0; i < 200000; i++) {
        const size_t n = 1 + rng_below(&r, i % 2 == 0 ? 12 : sizeof record);
        for (size_t k = 0; k < n; k++)
            record[k] = rng_below(&r, 3) == 0 ? 'x' : bytes[rng_below(&r, sizeof bytes - 1)];
        compare(sv_make(record, n));
    }
    /* Well-formed ones, which bytes by chance rarely are. */
    for (int i = 0; i < 50000; i++) {
        struct buf row = BUF_INIT;
        for (unsigned k = 0, cells = 1 + rng_below(&r, 20); k < cells; k++) {
            const bool quoted = rng_below(&r, 3) == 0;
            buf_puts(&row, k != 0 ? "," : "");
            buf_puts(&row, quoted ? "\"" : "");
            for (unsigned m = rng_below(&r, 9); m > 0; m--)
                buf_puts(&row, !quoted || rng_below(&r, 2) == 0 ? "y" : rng_below(&r, 2) == 0 ? "\"\"" : ",\n");
            buf_puts(&row, quoted ? "\"" : "");
        }
        if (row.n != 0)
            compare(buf_view(&row));
        buf_fini(&row);
    }
}
END_TEST

START_TEST(test_wanted)
{
    static const struct {
        size_t want;
        const char *told;
    } rows[] = {
        { 0, "0[a]2[-]4[]" },
        { 1, "1[b,c]3[d]5[e]" },
        { 3, "3[d]5[e]" },
        { 6, "" },
    };
    static const char record[] = "a,\"b,c\",,d,\"\",e";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf padded = BUF_INIT, got = BUF_INIT;
        buf_puts(&padded, record);
        buf_puts(&padded, "                                ");
        split(sv_make(padded.p, sizeof record - 1), rows[i].want, &got);
        check_text(record, &got, rows[i].told);
        buf_fini(&padded);
        buf_fini(&got);
    }
}
END_TEST

START_TEST(test_lines_are_records)
{
    static const struct {
        const char *lines;
        bool yes;
    } rows[] = {
        { "", true },
        { "a,b\n", true },
        { "a,\"b\"\n\"c\",d\r\n", true },
        { "\"a\"\"\",b\n", true },
        { "\"a\"\r\n", true },
        { "\"a\nb\"\n", false },
        { "a\"b\n", false },
        { "\"a\"b\n", false },
        { "\"a\"\rb\n", false },
        { "\"a\n", false },
        { "a,\"\n", false },
        { "\"\"\n", true },
        { "\"\"\"\n", false },
        { "x\n\"\"\"\"\n", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(csv_lines_are_records(sv_of(rows[i].lines)) == rows[i].yes, "%s", rows[i].lines);
}
END_TEST

TCase *
csv_split_tests(void)
{
    TCase *t = tcase_create("csv split");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_like_libcsv);
    tcase_add_test(t, test_random);
    tcase_add_test(t, test_wanted);
    tcase_add_test(t, test_lines_are_records);
    return t;
}
