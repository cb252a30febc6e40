# A month of a small platform as CSV, shuffled: an app with scopes that it does not use, one that takes passwords, one that posts
# advertisements, people who travel, and many who do nothing of that kind. Some deliveries are repeated, times are often equal.
function event(day, second, action, user, more,    i, n, pair, part) {
    split("", value)
    value["time"] = sprintf("2026-10-%02dT%02d:%02d:%02dZ", day, int(second / 3600) % 24, int(second / 60) % 60, second % 60)
    value["uid"] = "e" ++n_events
    value["action"] = action
    value["actor.user.uid"] = user
    n = split(more, pair, ";")
    for (i = 1; i <= n; i++) {
        part = index(pair[i], "=")
        value[substr(pair[i], 1, part - 1)] = substr(pair[i], part + 1)
    }
    line = ""
    for (i = 1; i <= n_names; i++) line = line (i > 1 ? "," : "") value[name[i]]
    lines[++n_lines] = line
    if (n_events % 17 == 0) lines[++n_lines] = line
}

function random(n) {
    seed = seed * 16807 % 2147483647
    return int(seed / 7) % n
}

BEGIN {
    seed = 42
    header = "time,uid,action,outcome,actor.user.uid,actor.session.uid,oauth.app_uid,oauth.app_name,oauth.grant_type,oauth.level," \
        "oauth.scopes,oauth.token_uid,api.operation,api.status,post.urls,src_endpoint.ip,src_endpoint.location.country," \
        "src_endpoint.location.city,src_endpoint.location.lat,src_endpoint.location.long"
    n_names = split(header, name, ",")
    berlin = ";src_endpoint.ip=192.0.2.1;src_endpoint.location.country=DE;src_endpoint.location.city=Berlin" \
        ";src_endpoint.location.lat=52.52;src_endpoint.location.long=13.4"
    sydney = ";src_endpoint.ip=198.51.100.9;src_endpoint.location.country=AU;src_endpoint.location.city=Sydney" \
        ";src_endpoint.location.lat=-33.87;src_endpoint.location.long=151.2"

    for (u = 1; u <= 6; u++) { # over-privileged
        event(1, u, "app.authorize", "a" u, "oauth.app_uid=quote;oauth.app_name=Quote;oauth.grant_type=authorization_code" \
            ";oauth.scopes=tweet.read users.read tweet.write dm.read dm.write offline.access;oauth.token_uid=q" u)
        for (i = 0; i < 25; i++)
            event(2 + i, 600 * u, "post.create", "a" u, "oauth.app_uid=quote;oauth.app_name=Quote;oauth.token_uid=q" u)
    }
    for (u = 1; u <= 12; u++) # passwords, from one address
        event(20, 60 * u, "token.issue", "b" u, "oauth.app_uid=gff;oauth.app_name=Get Followers Fast;oauth.grant_type=password" \
            ";oauth.token_uid=g" u ";src_endpoint.ip=203.0.113.7")
    for (u = 1; u <= 5; u++) # advertisements
        for (i = 0; i < 6; i++)
            event(21, 600 * i, "post.create", "c" u, "oauth.app_uid=deals;oauth.app_name=Deals" \
                ";post.urls=https://www.amazon.com/dp/1?tag=x-20 https://example.com/" i)
    for (u = 1; u <= 8; u++) # people; the first three are in Sydney an hour after Berlin
        for (i = 1; i <= 28; i++) {
            event(i, 100 * u, "session.start", "d" u, "outcome=success;actor.session.uid=s" u "-" i berlin)
            if (i == 25 && u <= 3)
                event(i, 100 * u + 3600, "session.start", "d" u, "outcome=success;actor.session.uid=x" u sydney)
        }
    event(31, 43200, "session.end", "d1", "actor.session.uid=s1-28") # now: a month after the grants
    for (i = 0; i < 40; i++) # api calls that nobody minds
        event(10, i, "api.call", "a" (1 + i % 6), "oauth.app_uid=quote;oauth.app_name=Quote;api.operation=like.read;api.status=" (i % 3 ? 200 : 403))

    for (i = n_lines; i > 1; i--) {
        j = 1 + random(i)
        line = lines[i]; lines[i] = lines[j]; lines[j] = line
    }
    print header
    for (i = 1; i <= n_lines; i++) print lines[i]
}
