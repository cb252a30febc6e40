/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands account and app share: both show a profile, of the one or the other. */
#ifndef AUTHSIFT_CLI_PROFILE_VIEW_H
#define AUTHSIFT_CLI_PROFILE_VIEW_H

#include "cli/entity.h"
#include "query/profile.h"

/* The whole command. */
enum err profile_command(const struct options *o, enum profile_of of, struct diags *d) MUST_CHECK;

#endif
