/* SPDX-License-Identifier: Apache-2.0 */
/* Inventories from night to night (agg/inv_stream.h): what a row of runs says of apps and sessions is what one run over
 * all of their events says; and a state that is damaged is refused. The state is played by segments in a file. */
#include <stdio.h>
#include <unistd.h>

#include "agg/emit.h"
#include "agg/inv_internal.h"
#include "agg/inv_load.h"
#include "agg_tests.h"
#include "base/atomicfile.h"

enum { NIGHTS = 6, OWN = 2, EVENTS = 120, FILES = NIGHTS * OWN };

/* How the runs go; what they say must not depend on it. */
static const struct course {
    const char *name;
    size_t n_locals;
    uint64_t spill;    /* records; 0: no limit */
    int changed_night; /* from that night on there is one correlation more; 0: never */
} courses[] = {
    { "one worker", 1, 0, 0 },  { "three workers", 3, 0, 0 },        { "spilled", 2, 5, 0 },
    { "other rules", 2, 0, 3 }, { "other rules, spilled", 1, 7, 4 },
};

/* What the state has between two runs. */
struct kept {
    int fd;
    uint64_t end;
    struct segment segment[PARTITIONS];
    uint32_t file[FILES * 2]; /* by number in the state: 1 + the file; 0: it is free */
    size_t n_files;
    uint32_t first_corr; /* of its inventories */
};

struct run {
    struct world w;
    struct agg_night night;
    uint32_t slot[FILES * 3];
    atomic_bool used[FILES * 2];
    struct partial_numbers numbers;
    uint32_t number[8];
    struct arena arena;
    struct segment_writer writer[PARTITIONS];
    FILE *of[PARTITIONS]; /* each partition's own, so that threads can write side by side */
    bool has_begun[PARTITIONS];
    struct segment made[PARTITIONS];
};

/* ---- events ---- */

static unsigned
draw(unsigned night, unsigned event, unsigned what, unsigned below)
{
    uint32_t x = (night * 977 + event) * 2654435761u ^ what * 40503u;
    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    return x % below;
}

/* Times of neighbouring nights overlap, and many are equal. Everything is met again but a few things of every other
 * night: of the files between nothing is left at last. */
static void
put_event(struct world *w, size_t l, unsigned night, unsigned event, uint32_t file)
{
    static const char *const actions[] = { "session.start", "session.end",   "app.authorize",
                                           "post.create",   "api.call.read", "app.revoke" };
    char text[400];
    const bool is_rare = night % 2 == 0 && draw(night, event, 1, 8) == 0;
    const unsigned account = draw(night, event, 2, 5);
    const unsigned session = is_rare ? 100 + night : draw(night, event, 3, 3);
    const unsigned app = is_rare ? 50 + night : draw(night, event, 4, 3);
    snprintf(text, sizeof text,
             "action=%s actor.user.uid=u%u actor.session.uid=s%u oauth.app_uid=a%u oauth.app_name=n%u-%u "
             "oauth.protocol=oauth2 oauth.granted=g%u oauth.needs=g%u src_endpoint.ip=%u.%u",
             actions[draw(night, event, 5, 6)], account, session, app, night, draw(night, event, 6, 3),
             draw(night, event, 7, 4), draw(night, event, 8, 6), night, event);
    world_event(w, l, 1000 + night * 6 + draw(night, event, 9, 10), file, event + 1, text, "");
}

/* ---- a run ---- */

static char *
name_of(struct arena *a, unsigned file)
{
    /* The order of names is not that of the files. */
    return (char *)(uintptr_t)arena_printf(a, "%02u.log", file * 5 % FILES).p;
}

static void
set_origins(struct run *r, const uint32_t *file, size_t n)
{
    struct origins *o = &r->w.origins;
    origins_fini(o);
    origins_init(o, n);
    for (size_t i = 0; i < n; i++)
        o->v[i] = (struct origin){ SV("s"), file[i] != 0 ? sv_of(name_of(&r->arena, file[i] - 1)) : SV("") };
    origins_rank(o);
}

static void
run_open(struct run *r, const struct course *c, bool is_changed)
{
    memset(r, 0, sizeof *r);
    arena_init(&r->arena);
    world_init(&r->w);
    world_rule(&r->w, "r");
    world_corr(&r->w, "x", &fake_each, "r", "");
    if (is_changed)
        world_corr(&r->w, "y", &fake_each, "r", "");
    r->w.plan.want_inventory = true;
    agg_plan_fields(&r->w.plan, r->w.fields);
    if (c->spill != 0)
        world_spill(&r->w, c->spill);
    world_start(&r->w, c->n_locals);
}

/* Findings of three accounts: sessions of others are no rows, but are carried. */
static void
add_findings(struct run *r)
{
    for (unsigned i = 0; i < 3; i++) {
        const struct finding f = { .account_id = arena_printf(&r->arena, "u%u", i), .risk = 10 };
        vec_push(&r->w.results.findings, f);
    }
}

static void
run_close(struct run *r)
{
    for (unsigned i = 0; i < PARTITIONS; i++) {
        segment_writer_fini(&r->writer[i]);
        if (r->of[i] != NULL)
            fclose(r->of[i]);
    }
    world_fini(&r->w);
    arena_fini(&r->arena);
}

/* ---- from state to state ---- */

static void
take_record(void *ctx, unsigned partition, const struct record *rec)
{
    struct run *r = ctx;
    struct segment_writer *w = &r->writer[partition];
    if (!r->has_begun[partition]) {
        r->of[partition] = tmpfile();
        ck_assert_ptr_nonnull(r->of[partition]);
        segment_begin(w, fileno(r->of[partition]), "the test's state", 0);
        r->has_begun[partition] = true;
    }
    if (rec != NULL)
        segment_put(w, rec);
    else
        ck_assert(segment_end(w, &r->made[partition]));
}

/* As run/night.c numbers files. */
static void
number_files(struct run *r, const struct kept *k, unsigned night, uint32_t *file)
{
    size_t slot = 0;
    for (uint32_t i = 0; i < OWN; i++, slot++) {
        while (slot < k->n_files && k->file[slot] != 0)
            slot++;
        r->slot[i] = (uint32_t)slot;
        file[i] = night * OWN + i + 1;
    }
    for (uint32_t i = 0; i < k->n_files; i++) {
        r->slot[OWN + i] = i;
        file[OWN + i] = k->file[i];
    }
}

static void
load_kept(struct run *r, const struct kept *k)
{
    const uint32_t first = (uint32_t)r->w.program->corrs.n;
    for (uint32_t i = 0; i < k->first_corr; i++)
        r->number[i] = i;
    for (uint32_t i = 0; i < INVENTORIES; i++)
        r->number[k->first_corr + i] = first + i;
    r->numbers = (struct partial_numbers){ r->number, k->first_corr + INVENTORIES };
    for (unsigned p = 0; p < PARTITIONS; p++) {
        struct segment s = k->segment[p];
        if (s.n == 0)
            continue;
        s.file_base = OWN;
        ck_assert_ptr_null(inventory_load(r->w.local[p % r->w.n_locals]->inventory, p, &s, &r->numbers, r->used,
                                          k->n_files, &r->arena));
    }
}

static void
copy_segment(struct kept *k, const struct segment *from, struct segment *to)
{
    char *bytes = mem_alloc((size_t)from->bytes + 1);
    ck_assert(pread(from->fd, bytes, (size_t)from->bytes, (off_t)from->offset) == (ssize_t)from->bytes);
    ck_assert(pwrite(k->fd, bytes, (size_t)from->bytes, (off_t)k->end) == (ssize_t)from->bytes);
    *to = *from;
    to->fd = k->fd;
    to->offset = k->end;
    k->end += from->bytes;
    mem_free(bytes);
}

/* The run's state takes the place of the one before. Returns how many numbers were given to another file. */
static unsigned
keep(struct run *r, struct kept *k, const uint32_t *file)
{
    uint32_t now[FILES * 2] = { 0 };
    size_t n = 0;
    unsigned n_reused = 0;
    for (size_t i = 0; i < OWN + k->n_files; i++) {
        const uint32_t slot = r->slot[i];
        if (i >= OWN && !r->used[i - OWN])
            continue;
        n_reused += i < OWN && slot < k->n_files;
        now[slot] = file[i];
        n = slot >= n ? slot + 1 : n;
    }
    memcpy(k->file, now, sizeof now);
    k->n_files = n;
    k->first_corr = (uint32_t)r->w.program->corrs.n;
    for (unsigned p = 0; p < PARTITIONS; p++)
        copy_segment(k, &r->made[p], &k->segment[p]);
    return n_reused;
}

static unsigned
play_night(struct kept *k, const struct course *c, unsigned night, struct buf *says)
{
    struct run r;
    uint32_t file[FILES * 3];
    run_open(&r, c, c->changed_night != 0 && (int)night >= c->changed_night);
    number_files(&r, k, night, file);
    set_origins(&r, file, OWN + k->n_files);
    r.night = (struct agg_night){ .slot_of_file = r.slot, .inventory = take_record, .ctx = &r };
    r.w.plan.night = &r.night;
    load_kept(&r, k);
    for (unsigned i = 0; i < EVENTS; i++)
        put_event(&r.w, i % c->n_locals, night, i, i % OWN);
    add_findings(&r);
    buf_reset(says);
    buf_sv(says, world_inventories(&r.w, (unsigned)c->n_locals));
    const unsigned n_reused = keep(&r, k, file);
    run_close(&r);
    return n_reused;
}

/* All nights up to this one in one run. */
static void
play_whole(unsigned last, struct buf *says)
{
    struct run r;
    uint32_t file[FILES];
    run_open(&r, &courses[0], false);
    for (uint32_t i = 0; i < FILES; i++)
        file[i] = i + 1;
    set_origins(&r, file, FILES);
    for (unsigned night = 0; night <= last; night++)
        for (unsigned i = 0; i < EVENTS; i++)
            put_event(&r.w, 0, night, i, night * OWN + i % OWN);
    add_findings(&r);
    buf_reset(says);
    buf_sv(says, world_inventories(&r.w, 1));
    run_close(&r);
}

static void
kept_open(struct kept *k)
{
    memset(k, 0, sizeof *k);
    k->fd = atomic_unnamed(".");
    ck_assert_int_ge(k->fd, 0);
}

START_TEST(nights)
{
    const struct course *c = &courses[_i];
    struct kept k;
    struct buf says = BUF_INIT;
    struct buf whole = BUF_INIT;
    unsigned n_reused = 0;
    kept_open(&k);
    for (unsigned night = 0; night < NIGHTS; night++) {
        n_reused += play_night(&k, c, night, &says);
        play_whole(night, &whole);
        ck_assert_msg(sv_eq(buf_view(&says), buf_view(&whole)), "%s, night %u:\n%.*s\ninstead of\n%.*s", c->name, night,
                      SV_ARG(buf_view(&says)), SV_ARG(buf_view(&whole)));
        ck_assert(sv_find(buf_view(&says), SV("session u1/s1"), 0) < says.n);
    }
    ck_assert_msg(n_reused != 0, "no number was given to a second file: the test does not test that");
    close(k.fd);
    buf_fini(&says);
    buf_fini(&whole);
}
END_TEST

/* A record that no run adds to is carried as the bytes it is. */
START_TEST(unchanged)
{
    struct kept k;
    struct buf says = BUF_INIT;
    struct segment before[PARTITIONS];
    kept_open(&k);
    play_night(&k, &courses[0], 0, &says);
    memcpy(before, k.segment, sizeof before);
    struct run r;
    run_open(&r, &courses[0], false);
    set_origins(&r, k.file, k.n_files);
    for (uint32_t i = 0; i < k.n_files; i++)
        r.slot[i] = i;
    r.night = (struct agg_night){ .slot_of_file = r.slot, .inventory = take_record, .ctx = &r };
    r.w.plan.night = &r.night;
    load_kept(&r, &k);
    for (size_t i = 0; i < k.n_files; i++)
        ck_assert_msg(!r.used[i], "it was read before it was wanted");
    world_inventories(&r.w, 1);
    for (size_t i = 0; i < k.n_files; i++)
        ck_assert(r.used[i]);
    for (unsigned p = 0; p < PARTITIONS; p++) {
        char a[1 << 14];
        char b[1 << 14];
        const size_t n = (size_t)before[p].bytes;
        ck_assert_uint_le(n, sizeof a);
        ck_assert_uint_eq(n, r.made[p].bytes);
        ck_assert(pread(before[p].fd, a, n, (off_t)before[p].offset) == (ssize_t)n);
        ck_assert(n == 0 || pread(r.made[p].fd, b, n, (off_t)r.made[p].offset) == (ssize_t)n);
        ck_assert(memcmp(a, b, n) == 0);
    }
    run_close(&r);
    close(k.fd);
    buf_fini(&says);
}
END_TEST

/* ---- a damaged state ---- */

enum damage {
    SOUND,
    UNKNOWN_FILE,
    BAD_PAYLOAD,
    BAD_KIND,
    PAYLOAD_OF_NONE,
    HAS_UID,
    OTHER_PARTITION,
    OTHER_CORRELATION,
    TWICE,
    SWAPPED,
    SHORT,
    DAMAGES
};

static const char *const complaints[DAMAGES] = {
    [UNKNOWN_FILE] = "a record is none of its correlation",
    [BAD_PAYLOAD] = "a record is none of its correlation",
    [BAD_KIND] = "a record is none of its correlation",
    [PAYLOAD_OF_NONE] = "a record is none of its correlation",
    [HAS_UID] = "a record is none of its correlation",
    [OTHER_PARTITION] = "a record is none of its correlation",
    [OTHER_CORRELATION] = "a record is none of its correlation",
    [TWICE] = "its records are out of order",
    [SWAPPED] = "its records are out of order",
    [SHORT] = "the file ends there",
};

/* The records of app "a", in order: its state, its accounts and words. */
struct forged {
    struct record v[16];
    size_t n;
    unsigned partition;
};

static void
copy_app(const struct kept *k, struct forged *f, struct arena *a)
{
    for (unsigned p = 0; p < PARTITIONS && f->n == 0; p++) {
        struct segment_reader *reader = segment_open(&k->segment[p]);
        struct record r;
        f->n = 0;
        f->partition = p;
        while (k->segment[p].n != 0 && f->n < 16 && segment_next(reader, &r)) {
            if (r.corr != k->first_corr + INVENTORY_APP || (f->n != 0 && !record_same_group(&r, &f->v[0])))
                break;
            r.key = arena_sv(a, r.key);
            r.tie = arena_sv(a, r.tie);
            r.payload = arena_sv(a, r.payload);
            f->v[f->n++] = r;
        }
        segment_close(reader);
        if (f->n < 4)
            f->n = 0;
    }
    ck_assert_uint_ne(f->n, 0);
}

static size_t
find_kind(const struct forged *f, bool is_state)
{
    size_t i = 0;
    while (i < f->n && (f->v[i].pos == APP_STATE) != is_state)
        i++;
    ck_assert_uint_lt(i, f->n);
    return i;
}

static void
damage_records(struct forged *f, enum damage what, struct run *r)
{
    struct record *state = &f->v[find_kind(f, true)];
    struct record *word = &f->v[find_kind(f, false)];
    const struct record first = f->v[0];
    switch (what) {
    case BAD_PAYLOAD:
        state->payload.n--;
        break;
    case BAD_KIND:
        word->pos = APP_KINDS;
        break;
    case PAYLOAD_OF_NONE:
        word->payload = SV("x");
        break;
    case HAS_UID:
        word->uid = SV("x");
        break;
    case OTHER_PARTITION:
        f->partition = (f->partition + 1) % PARTITIONS;
        break;
    case OTHER_CORRELATION:
        for (size_t i = 0; i < f->n; i++)
            f->v[i].corr += INVENTORIES;
        break;
    case TWICE:
        f->v[1] = first;
        break;
    case SWAPPED:
        f->v[0] = f->v[1];
        f->v[1] = first;
        break;
    default:
        break;
    }
    (void)r;
}

START_TEST(damaged)
{
    struct kept k;
    struct buf says = BUF_INIT;
    struct run r;
    struct forged f = { .n = 0 };
    kept_open(&k);
    play_night(&k, &courses[0], 0, &says);
    run_open(&r, &courses[0], false);
    copy_app(&k, &f, &r.arena);
    damage_records(&f, (enum damage)_i, &r);
    struct segment_writer w = { .error = 0 };
    struct segment made;
    segment_begin(&w, k.fd, "the test's state", k.end);
    for (size_t i = 0; i < f.n; i++)
        segment_put(&w, &f.v[i]);
    ck_assert(segment_end(&w, &made));
    segment_writer_fini(&w);
    if (_i == SHORT)
        ck_assert(ftruncate(k.fd, (off_t)(made.offset + made.bytes - 1)) == 0);
    memset(k.segment, 0, sizeof k.segment);
    k.segment[f.partition] = made;
    if (_i == UNKNOWN_FILE)
        k.n_files = 0;
    set_origins(&r, k.file, k.n_files);
    for (uint32_t i = 0; i < FILES; i++)
        r.slot[i] = i;
    r.night = (struct agg_night){ .slot_of_file = r.slot, .inventory = take_record, .ctx = &r };
    r.w.plan.night = &r.night;
    load_kept(&r, &k);
    const enum err err = inventory_collect(&r.w.plan, r.w.local, 1, 2, &r.w.results, r.w.diags);
    ck_assert_int_eq(err, _i == SOUND ? ERR_OK : ERR_OUTPUT);
    ck_assert_uint_eq(diags_errors(r.w.diags), _i == SOUND ? 0 : 1);
    if (_i != SOUND) {
        const struct sv said = diags_get(r.w.diags, 0)->message;
        ck_assert(sv_starts(said, SV("the test's state is damaged")));
        ck_assert_msg(sv_find(said, sv_of(complaints[_i]), 0) < said.n, "%.*s", SV_ARG(said));
    }
    run_close(&r);
    close(k.fd);
    buf_fini(&says);
}
END_TEST

TCase *
agg_inv_nights_tests(void)
{
    TCase *t = tcase_create("inv_nights");
    tcase_add_loop_test(t, nights, 0, N_OF(courses));
    tcase_add_test(t, unchanged);
    tcase_add_loop_test(t, damaged, SOUND, DAMAGES);
    return t;
}
