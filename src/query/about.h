/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that stories and profiles of accounts and apps read, and what they say in words. */
#ifndef AUTHSIFT_QUERY_ABOUT_H
#define AUTHSIFT_QUERY_ABOUT_H

#include "base/buf.h"
#include "event/event.h"
#include "event/fields.h"

/* ABOUT(id, field) */
#define ABOUT_FIELDS                                \
    ABOUT(ACTION, "action")                         \
    ABOUT(OUTCOME, "outcome")                       \
    ABOUT(ACCOUNT, "actor.user.uid")                \
    ABOUT(ACCOUNT_NAME, "actor.user.name")          \
    ABOUT(SESSION, "actor.session.uid")             \
    ABOUT(APP, "oauth.app_uid")                     \
    ABOUT(APP_NAME, "oauth.app_name")               \
    ABOUT(CAN_VIEW, "oauth.can_view")               \
    ABOUT(CAN_DO, "oauth.can_do")                   \
    ABOUT(GRANT_TYPE, "oauth.grant_type")           \
    ABOUT(IP, "src_endpoint.ip")                    \
    ABOUT(IP_CLASS, "src_endpoint.ip_class")        \
    ABOUT(CITY, "src_endpoint.location.city")       \
    ABOUT(COUNTRY, "src_endpoint.location.country") \
    ABOUT(AGENT, "http_request.user_agent")         \
    ABOUT(OPERATION, "api.operation")               \
    ABOUT(STATUS, "api.status")                     \
    ABOUT(POST_TEXT, "post.text")                   \
    ABOUT(TARGET, "target.uid")                     \
    ABOUT(CHANGE, "change.field")

enum about {
#define ABOUT(id, field) ABOUT_##id,
    ABOUT_FIELDS
#undef ABOUT
        ABOUT_COUNT_
};

struct about_fields {
    field_id id[ABOUT_COUNT_];
};

/* Registers them. */
void about_fields_add(struct about_fields *f, struct fields *fields);

/* Text of the field; of a list its texts joined by "; ". Empty if there is none. Lives as long as the event. */
struct sv about_text(const struct about_fields *f, struct event *ev, enum about which);

/* "Berlin, DE". Lives as long as the event. */
struct sv about_place(const struct about_fields *f, struct event *ev);

/* What happened, in words ("let an app in"), and the detail that goes with it. The words of an unknown action are its
 * name. */
struct sv about_what(const struct about_fields *f, struct event *ev);
struct sv about_detail(const struct about_fields *f, struct event *ev);

#endif
