# SPDX-License-Identifier: Apache-2.0
# The catalogues that enrichers read, installed below pkgdatadir; and the program that makes sample logs, which is not.
nobase_dist_pkgdata_DATA += \
	data/affiliates.csv \
	data/agents.csv \
	data/bait.txt \
	data/brands.txt \
	data/confusables.csv \
	data/disclosures.csv \
	data/linkinbio.txt \
	data/networks/corporate.txt \
	data/networks/hosting.txt \
	data/networks/mobile.txt \
	data/networks/relay.txt \
	data/networks/residential.txt \
	data/networks/satellite.txt \
	data/networks/tor.txt \
	data/networks/vpn.txt \
	data/operations.csv \
	data/permissions.csv \
	data/shorteners.txt \
	data/tracking_parameters.txt

noinst_PROGRAMS += authsift-sample authsift-simulate authsift-rulelogs
authsift_sample_SOURCES = \
	data/gen/life.c \
	data/gen/log.c data/gen/log.h \
	data/gen/rng.h \
	data/gen/sample.c \
	data/gen/stories.c data/gen/stories.h \
	data/gen/world.c data/gen/world.h

authsift_simulate_SOURCES = \
	data/gen/rng.h \
	data/gen/simaffiliate.c \
	data/gen/simlife.c \
	data/gen/simlike.c \
	data/gen/simpassword.c \
	data/gen/simprivilege.c \
	data/gen/simsession.c \
	data/gen/simulate.c \
	data/gen/simulation.c data/gen/simulation.h \
	data/gen/simwrite.c \
	data/gen/world.c data/gen/world.h
authsift_simulate_LDADD = $(authsift_libs)

authsift_rulelogs_SOURCES = \
	data/gen/rng.h \
	data/gen/ruleevent.c data/gen/ruleevent.h \
	data/gen/rulelogs.c \
	data/gen/rulevalue.c data/gen/rulevalue.h
authsift_rulelogs_LDADD = $(authsift_libs)

EXTRA_DIST += data/demo
