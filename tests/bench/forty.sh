#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes the rules that tests/bench/run measures besides the shipped ones:
#
#   forty.sh DIR     ->     DIR/one.yml DIR/forty.yml DIR/stateless.yml DIR/four_hundred.yml
#
# one: a regular expression and an equality. forty: as many string and regex predicates, each a rule. four_hundred: ten
# times as many, of which the names differ. stateless: single-event rules on what the sample has much of.
set -eu
dir=$1

rule() { # number, level, detection lines
    printf -- '---\ntitle: Bench %s\nid: 5bd0c9b2-7f3e-4c55-9c2d-%012d\nstatus: test\n' "$1" "$1"
    printf 'logsource:\n    product: social_platform\n    service: authorization\ndetection:\n    selection:\n'
    printf '        %s\n' "$2" "$3"
    printf '    condition: selection\nlevel: low\n'
}

predicates() { # number of the first rule
    n=$1
    for word in planner later club reader photo daily quiet sky tools studio; do
        rule "$n" "action: app.authorize" "oauth.app_name|contains: $word$2"
        n=$((n + 1))
        rule "$n" "action|startswith: post." "http_request.user_agent|contains: $word$2"
        n=$((n + 1))
        rule "$n" "outcome: failure" "actor.user.name|re: '^user[0-9]*${n}$'"
        n=$((n + 1))
        rule "$n" "action: session.start" "src_endpoint.location.city|endswith: $word$2"
        n=$((n + 1))
    done
}

mkdir -p "$dir"
rule 1 "action: post.create" "oauth.app_name|re: '(?i)pl[a-z]+er\$'" | sed 1d >"$dir/one.yml"
predicates 100 "" | sed 1d >"$dir/forty.yml"
i=0
while [ "$i" -lt 10 ]; do
    predicates $((1000 + 100 * i)) "$i"
    i=$((i + 1))
done | sed 1d >"$dir/four_hundred.yml"
{
    rule 2 "action: session.start" "outcome: failure"
    rule 3 "action: app.authorize" "oauth.redirect_uri|startswith: 'http://'"
    rule 4 "action: token.issue" "oauth.grant_type: password"
    rule 5 "action: post.create" "post.text|contains|all: [followers, free]"
    rule 6 "api.status|gte: 500" "oauth.app_uid|exists: true"
    rule 7 "action: session.start" "src_endpoint.ip|cidr: 192.0.2.0/24"
} | sed 1d >"$dir/stateless.yml"
