# SPDX-License-Identifier: Apache-2.0
# The catalogues that enrichers read, installed below pkgdatadir; and the program that makes sample logs, which is not.
nobase_dist_pkgdata_DATA += \
	data/affiliates.csv \
	data/bait.txt \
	data/brands.txt \
	data/confusables.csv \
	data/linkinbio.txt \
	data/operations.csv \
	data/permissions.csv \
	data/shorteners.txt \
	data/tracking_parameters.txt

noinst_PROGRAMS += authsift-sample authsift-rulelogs
authsift_sample_SOURCES = \
	data/gen/life.c \
	data/gen/log.c data/gen/log.h \
	data/gen/rng.h \
	data/gen/sample.c \
	data/gen/stories.c data/gen/stories.h \
	data/gen/world.c data/gen/world.h

authsift_rulelogs_SOURCES = \
	data/gen/rng.h \
	data/gen/ruleevent.c data/gen/ruleevent.h \
	data/gen/rulelogs.c \
	data/gen/rulevalue.c data/gen/rulevalue.h
authsift_rulelogs_LDADD = $(authsift_libs)

EXTRA_DIST += data/demo
