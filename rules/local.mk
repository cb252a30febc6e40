# SPDX-License-Identifier: Apache-2.0
# The shipped rules with their lists and source definitions, installed below pkgdatadir.
nobase_dist_pkgdata_DATA += \
	rules/affiliate/c01_affiliate_share.yml \
	rules/affiliate/c02_shared_publisher.yml \
	rules/affiliate/c09_shortener_veil.yml \
	rules/lists/README.md \
	rules/lists/anonymous_networks.txt \
	rules/lists/password_grants.txt \
	rules/password/b01_password_grant.yml \
	rules/password/b03_assembly_line.yml \
	rules/password/b04_account_fan_in.yml \
	rules/password/b10_bait_name.yml \
	rules/privilege/a01_unused_scopes.yml \
	rules/privilege/a03_level_too_high.yml \
	rules/privilege/a04_new_powerful_app.yml \
	rules/privilege/a05_scope_expansion.yml \
	rules/session/d01_impossible_travel.yml \
	rules/session/d02_new_country.yml \
	rules/session/d04_session_drift.yml \
	rules/session/d07_use_after_revoke.yml \
	rules/session/d10_credential_stuffing.yml \
	rules/sources/canonical.yml \
	rules/sources/mastodon_logins.yml
