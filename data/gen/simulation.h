/* SPDX-License-Identifier: Apache-2.0 */
/* The labelled simulation: a platform of many accounts over weeks, with ordinary life, every benign look-alike that
 * the field knows, and each abuse in a loud and an evasive variant. What was planted is written to truth.json, so that
 * the rules can be measured (tests/bench/quality). What people and abusers do here comes from what studies and
 * platforms have published, never from a rule's threshold: a rule that misses an evasive variant is meant to show. */
#ifndef AUTHSIFT_GEN_SIMULATION_H
#define AUTHSIFT_GEN_SIMULATION_H

#include <stdio.h>

#include "world.h"

#define NO_ACCOUNT UINT32_MAX

enum { MAX_ACCOUNT_APPS = 4 };

/* Agents, as an index into sim_agents. */
enum agent {
    CHROME_WINDOWS,
    SAFARI_PHONE,
    CHROME_PHONE,
    SAFARI_MAC,
    FIREFOX_LINUX,
    AGENT_PYTHON,
    AGENT_OKHTTP,
    AGENT_HEADLESS,
    CHROME_WINDOWS_NEXT,
};

/* An app that an account let in. `token` counts the refresh token's rotations. */
struct holding {
    int app; /* -1: none */
    uint32_t token;
};

struct person {
    struct origin home;
    struct origin phone;
    struct origin tunnel; /* asn 0: uses no VPN */
    struct origin away;
    int64_t away_from; /* of a journey: leaves, ... */
    int64_t away_there;
    int64_t away_to;
    uint32_t device[2]; /* at home, on the way */
    uint32_t session[2];
    uint8_t agent[2];
    float visits; /* a day */
    bool taken;   /* by a story that is about this account */
    bool crowd;   /* has a part in somebody else's story */
    bool asleep;  /* does nothing of its own */
    struct holding app[MAX_ACCOUNT_APPS];
};

struct sim_app {
    char id[16];
    char name[48];
    char redirect[80];
    enum protocol protocol;
    enum client client;
    uint32_t scopes;
    uint32_t used;
    const char *level;
    const char *pkce;
    int64_t created;
    uint32_t owner; /* account */
    bool first_party;
    bool verified;
    bool rotates; /* its refresh tokens */
    struct origin server;
};

struct sim_event {
    int64_t time;
    uint32_t serial;
    uint32_t who;
    const char *action;
    int app; /* -1: none */
    struct origin from;
    uint32_t session;
    uint32_t device;
    uint32_t scopes; /* of a grant */
    uint64_t token;
    uint32_t post;
    uint32_t target;   /* account, or NO_ACCOUNT */
    uint32_t reply_to; /* account, or NO_ACCOUNT */
    const char *grant;
    const char *operation;
    const char *text;
    const char *url;
    const char *change;
    const char *redirect; /* other than the app's own */
    uint16_t status;
    uint16_t code_age;   /* s; 0: not said */
    uint16_t token_life; /* days; 0: not said */
    uint8_t agent;
    bool failed;
    bool six;       /* over IPv6 */
    bool old_oauth; /* by 1.0a, though the app has both */
};

struct sim {
    struct rng rng;
    int64_t start;
    int64_t end;
    unsigned days;
    uint32_t n_accounts;
    struct person *person;
    struct sim_app *app;
    uint32_t n_apps;
    uint32_t n_ordinary;
    struct sim_event *ev; /* waiting to be written */
    size_t n_ev;
    size_t cap_ev;
    uint32_t serial;
    uint32_t n_posts;
    char **strings; /* texts and addresses that events point to */
    size_t n_strings;
    FILE *truth;
    bool truth_any;
    bool truth_also;
};

/* What is planted. `rules` are those that ought to find it, as ids without a family ("A01 A17"). */
struct sim_label {
    const char *family;
    const char *kind;
    const char *label;   /* abuse, weakness (what only deserves a low level) or look-alike */
    const char *variant; /* loud, evasive, or "" */
    const char *rules;
};

extern const struct city sim_cities[];
extern const unsigned n_sim_cities;
extern const char *const sim_agents[];

/* ---- simulation.c: the world, and blocks that stories are built from ---- */

void sim_init(struct sim *s, uint64_t seed, unsigned days, uint32_t n_accounts, uint32_t n_apps);
void sim_fini(struct sim *s);

/* A text that lives as long as the simulation. */
const char *sim_string(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An address of its own in a city; an address beside another, in the same /24. */
struct origin sim_origin(struct sim *s, unsigned city, enum ip_class class_);
struct origin sim_beside(struct sim *s, struct origin from);

/* Kilometres between two cities. */
double sim_distance(unsigned a, unsigned b);
/* A city at least so far from another. */
unsigned sim_far(struct sim *s, unsigned city, double km);

/* A new app, registered `age` before the first day; answers its index. */
int sim_new_app(struct sim *s, const char *name, uint32_t scopes, int64_t age);

/* An account that no other story is about or has a part for, if the world is large enough: one that logs in often
 * enough to have habits. Any account that no story is about, for crowds. */
uint32_t sim_pick(struct sim *s);
uint32_t sim_anybody(struct sim *s);

/* A moment by day in [from, to), parts of the whole time (0 to 1). */
int64_t sim_moment(struct sim *s, double from, double to);
/* n, or so much of it as this number of accounts bears; never below min. */
unsigned sim_scaled(const struct sim *s, unsigned n, unsigned min);
/* A number of seconds in [a, b) as microseconds. */
int64_t sim_seconds(struct sim *s, unsigned a, unsigned b);

/* Events; the pointer is good until the next one. */
struct sim_event *sim_add(struct sim *s, int64_t t, const char *action, uint32_t who);
/* From a person's own place: k 0 at home, 1 on the phone. */
struct sim_event *sim_self(struct sim *s, int64_t t, const char *action, uint32_t who, int k);
uint32_t sim_login(struct sim *s, int64_t t, uint32_t who, struct origin from, uint8_t agent, uint32_t device);
struct sim_event *sim_grant(struct sim *s, int64_t t, uint32_t who, int app);
/* By an app: from its server, or from the person's phone if it runs there. */
struct sim_event *sim_use(struct sim *s, int64_t t, uint32_t who, int app, const char *action);
struct sim_event *sim_call(struct sim *s, int64_t t, uint32_t who, int app, const char *operation);
struct sim_event *sim_post(struct sim *s, int64_t t, uint32_t who, int app, const char *text, const char *url);
uint64_t sim_token(uint32_t who, int app, uint32_t rotation);

/* The truth of one planted thing: tell, any number of also, told. */
void sim_tell(struct sim *s, const struct sim_label *label, const char *type, const char *id);
void sim_tell_app(struct sim *s, const struct sim_label *label, int app);
void sim_tell_account(struct sim *s, const struct sim_label *label, uint32_t who);
void sim_tell_ip(struct sim *s, const struct sim_label *label, struct origin from);
void sim_tell_device(struct sim *s, const struct sim_label *label, uint32_t device);
/* Who else a finding about this may name: victims, addresses, the app. */
void sim_also_account(struct sim *s, uint32_t who);
void sim_also_app(struct sim *s, int app);
void sim_also_ip(struct sim *s, struct origin from);
void sim_told(struct sim *s);

/* ---- what happens ---- */

/* Apps and habits, and what was there before the first day. */
void simlife_begin(struct sim *s);
void simlife_day(struct sim *s, unsigned day);
void simlike_plant(struct sim *s);
void simprivilege_plant(struct sim *s);
void simpassword_plant(struct sim *s);
void simaffiliate_plant(struct sim *s);
void simsession_plant(struct sim *s);

/* ---- simwrite.c ---- */

/* Writes all events before `until` to this day's file (day -1: what was before), sorted, and drops them. */
bool simwrite_day(struct sim *s, const char *folder, int day, int64_t until);

#endif
