/* SPDX-License-Identifier: Apache-2.0 */
/* libmaxminddb checks every step against the file's bounds, but reports damage only where it meets it, which would be
 * in the middle of a run. So all nodes of the tree and all records that they lead to are read once on opening; a
 * bitmap over the data section sees to it that a record of many networks is read once. Nodes are read in the file's
 * order, as fast as the disk gives them. */
#include "enrich/geodb.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#ifdef HAVE_MAXMINDDB

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/codec.h"
#include "base/mem.h"
#include "enrich/address.h"

struct geodb {
    MMDB_s mmdb;
};

/* ---- records ---- */

/* The value at a path of keys; 1 found, 0 not there, -1 the file is damaged. */
static int
get(MMDB_entry_s *entry, const char *const *path, MMDB_entry_data_s *out)
{
    const int status = MMDB_aget_value(entry, out, path);
    if (status == MMDB_SUCCESS)
        return out->has_data;
    return status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR ? 0 : -1;
}

/* False if the file is damaged. Text that is no UTF-8 cannot become part of an event. */
static bool
get_text(MMDB_entry_s *entry, const char *const *path, struct sv *text)
{
    MMDB_entry_data_s data;
    const int found = get(entry, path, &data);
    if (found <= 0 || data.type != MMDB_DATA_TYPE_UTF8_STRING)
        return found >= 0;
    *text = sv_make(data.utf8_string, data.data_size);
    return utf8_valid(*text, NULL);
}

static bool
get_number(MMDB_entry_s *entry, const char *const *path, double *x)
{
    MMDB_entry_data_s data;
    const int found = get(entry, path, &data);
    if (found <= 0)
        return found >= 0;
    switch (data.type) {
    case MMDB_DATA_TYPE_DOUBLE:
        *x = data.double_value;
        return true;
    case MMDB_DATA_TYPE_FLOAT:
        *x = (double)data.float_value;
        return true;
    case MMDB_DATA_TYPE_UINT16:
        *x = data.uint16;
        return true;
    case MMDB_DATA_TYPE_UINT32:
        *x = data.uint32;
        return true;
    case MMDB_DATA_TYPE_INT32:
        *x = data.int32;
        return true;
    default:
        return true;
    }
}

static bool
get_region(MMDB_entry_s *entry, struct sv *text)
{
    static const char *const name[] = { "subdivisions", "0", "names", "en", NULL };
    static const char *const code[] = { "subdivisions", "0", "iso_code", NULL };
    return get_text(entry, name, text) && (text->n != 0 || get_text(entry, code, text));
}

static bool
get_place(MMDB_entry_s *entry, struct geodb_record *r)
{
    static const char *const lat[] = { "location", "latitude", NULL };
    static const char *const longitude[] = { "location", "longitude", NULL };
    static const char *const radius[] = { "location", "accuracy_radius", NULL };
    r->lat = r->longitude = 1000;
    r->radius = -1;
    if (!get_number(entry, lat, &r->lat) || !get_number(entry, longitude, &r->longitude) ||
        !get_number(entry, radius, &r->radius))
        return false;
    r->has_place = r->lat >= -90 && r->lat <= 90 && r->longitude >= -180 && r->longitude <= 180;
    return true;
}

/* False if the record is damaged. */
static bool
read_half(const MMDB_entry_s *at, enum geodb_half half, struct geodb_record *r)
{
    static const char *const country[] = { "country", "iso_code", NULL };
    static const char *const city[] = { "city", "names", "en", NULL };
    static const char *const asn[] = { "autonomous_system_number", NULL };
    static const char *const as_org[] = { "autonomous_system_organization", NULL };
    MMDB_entry_s entry = *at;
    *r = (struct geodb_record){ .asn = -1, .radius = -1 };
    if (half == GEODB_NETWORK)
        return get_number(&entry, asn, &r->asn) && get_text(&entry, as_org, &r->as_org);
    return get_text(&entry, country, &r->country) && get_region(&entry, &r->region) &&
           get_text(&entry, city, &r->city) && get_place(&entry, r);
}

/* ---- checking ---- */

/* The offsets of the data section that were read already. */
struct visited {
    uint64_t *bit;
    size_t n; /* bytes of the data section */
};

static bool
check_record(uint8_t type, uint64_t record, MMDB_entry_s *entry, struct visited *seen, const MMDB_s *mmdb)
{
    struct geodb_record r;
    if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
        return record < mmdb->metadata.node_count;
    if (type == MMDB_RECORD_TYPE_EMPTY)
        return true;
    if (type != MMDB_RECORD_TYPE_DATA || entry->offset >= seen->n)
        return false;
    uint64_t *word = &seen->bit[entry->offset / 64];
    const uint64_t bit = UINT64_C(1) << entry->offset % 64;
    if ((*word & bit) != 0)
        return true;
    *word |= bit;
    return read_half(entry, GEODB_PLACE, &r) && read_half(entry, GEODB_NETWORK, &r);
}

/* Every node and every record that the tree leads to. */
static bool
is_whole(const MMDB_s *mmdb)
{
    struct visited seen = { .n = mmdb->data_section_size };
    bool good = true;
    seen.bit = mem_zalloc(seen.n / 64 + 1, sizeof *seen.bit);
    for (uint32_t i = 0; good && i < mmdb->metadata.node_count; i++) {
        MMDB_search_node_s node;
        good = MMDB_read_node(mmdb, i, &node) == MMDB_SUCCESS &&
               check_record(node.left_record_type, node.left_record, &node.left_record_entry, &seen, mmdb) &&
               check_record(node.right_record_type, node.right_record, &node.right_record_entry, &seen, mmdb);
    }
    mem_free(seen.bit);
    return good;
}

static const char *
reason(int status)
{
    switch (status) {
    case MMDB_FILE_OPEN_ERROR:
        return strerror(errno);
    case MMDB_INVALID_METADATA_ERROR:
        return "it is no MMDB file, or its end is missing";
    default:
        return MMDB_strerror(status);
    }
}

struct geodb *
geodb_open(const char *path, struct diags *d)
{
    struct geodb *db = mem_zalloc(1, sizeof *db);
    const int status = MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb);
    if (status != MMDB_SUCCESS) {
        diag_error(d, SPAN_NONE, "cannot read the geolocation file %s: %s", path, reason(status));
        mem_free(db);
        return NULL;
    }
    if (!is_whole(&db->mmdb)) {
        diag_error(d, SPAN_NONE, "the geolocation file %s is damaged", path);
        geodb_close(db);
        return NULL;
    }
    return db;
}

void
geodb_close(struct geodb *db)
{
    if (db == NULL)
        return;
    MMDB_close(&db->mmdb);
    mem_free(db);
}

/* ---- look-ups ---- */

union sockaddr_any {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static void
put_word(unsigned char *p, uint64_t x)
{
    for (int i = 7; i >= 0; i--, x >>= 8)
        p[i] = (unsigned char)x;
}

/* False if it is no address, or one of a version that the file has not. */
static bool
to_sockaddr(const MMDB_s *mmdb, struct sv text, union sockaddr_any *s)
{
    struct address a;
    unsigned char bytes[16];
    const int version = address_parse(text, &a);
    memset(s, 0, sizeof *s);
    put_word(bytes, a.hi);
    put_word(bytes + 8, a.lo);
    if (version == 4) {
        s->in.sin_family = AF_INET;
        memcpy(&s->in.sin_addr, bytes + 12, 4);
    } else {
        s->in6.sin6_family = AF_INET6;
        memcpy(&s->in6.sin6_addr, bytes, 16);
    }
    return version == 4 || (version == 6 && mmdb->metadata.ip_version == 6);
}

bool
geodb_find(const struct geodb *db, struct sv address, enum geodb_half half, struct geodb_record *r)
{
    union sockaddr_any s;
    int status = MMDB_SUCCESS;
    if (!to_sockaddr(&db->mmdb, address, &s))
        return false;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&db->mmdb, &s.sa, &status);
    return status == MMDB_SUCCESS && found.found_entry && read_half(&found.entry, half, r);
}

#else /* no libmaxminddb */

struct geodb *
geodb_open(const char *path, struct diags *d)
{
    diag_error(d, SPAN_NONE, "cannot read the geolocation file %s: this authsift was built without libmaxminddb", path);
    return NULL;
}

void
geodb_close(struct geodb *db)
{
    (void)db;
}

bool
geodb_find(const struct geodb *db, struct sv address, enum geodb_half half, struct geodb_record *r)
{
    (void)db;
    (void)address;
    (void)half;
    (void)r;
    return false;
}

#endif
