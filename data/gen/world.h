/* SPDX-License-Identifier: Apache-2.0 */
/* The small platform that the sample logs come from: places, accounts, apps, and the events that happen to them. */
#ifndef AUTHSIFT_GEN_WORLD_H
#define AUTHSIFT_GEN_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

enum ip_class { RESIDENTIAL, MOBILE, HOSTING, VPN, CORPORATE, N_CLASSES };

struct city {
    const char *name;
    const char *country;
    double lat;
    double lon;
    uint32_t asn;
};

/* Where an event comes from. */
struct origin {
    uint8_t city;   /* index; the data centre's for HOSTING */
    uint8_t class_; /* enum ip_class */
    uint32_t ip;    /* IPv4 in host order, from documentation and benchmark ranges */
    uint32_t asn;
};

struct account {
    uint64_t id;
    uint8_t home;  /* city */
    uint8_t agent; /* user agent */
    uint32_t device;
    struct origin place;
    bool taken; /* by a story */
};

enum protocol { OAUTH2, OAUTH1A };
enum client { CLIENT_WEB, CLIENT_NATIVE, CLIENT_SPA, CLIENT_BOT };

/* Bits of the scopes that apps here ask for; scope_names has their names. */
enum scope_bit {
    TWEET_READ,
    USERS_READ,
    FOLLOWS_READ,
    LIKE_READ,
    TWEET_WRITE,
    FOLLOWS_WRITE,
    LIKE_WRITE,
    DM_READ,
    DM_WRITE,
    USERS_EMAIL,
    OFFLINE,
    MEDIA_WRITE,
    ADS_WRITE,
    BOOKMARK_READ,
    N_SCOPES
};
#define S(bit) (1u << (bit))

struct app {
    char id[16];
    const char *name;
    enum protocol protocol;
    enum client client;
    uint32_t scopes;
    uint32_t used;     /* of its scopes, those that it really uses */
    const char *level; /* 1.0a */
    char redirect[48]; /* each app answers at a host of its own */
    const char *pkce;
    int64_t created;
    bool first_party;
    bool verified;
    struct origin server;
};

struct world {
    struct rng rng;
    int64_t start; /* midnight of the first day */
    unsigned days;
    struct account *account;
    uint32_t n_accounts;
    struct app *app; /* ordinary ones first, by popularity; then the planted ones */
    uint32_t n_apps;
    uint32_t n_ordinary;
};

extern const struct city cities[];
extern const unsigned n_cities;
extern const char *const class_names[N_CLASSES];
extern const char *const agents[];
extern const unsigned n_agents;
extern const char *const scope_names[N_SCOPES];

void world_init(struct world *w, uint64_t seed, unsigned days, uint32_t n_accounts);
void world_fini(struct world *w);

/* A new app at the end of the list; the pointer is valid until the next one. */
struct app *world_add_app(struct world *w, const char *name, uint32_t scopes, int64_t created);

/* An address of its own in a city, of this class. */
struct origin world_origin(struct world *w, uint8_t city, enum ip_class class_);

/* An account of middling activity, each at most once: who stories are about. */
struct account *world_pick(struct world *w);

#endif
