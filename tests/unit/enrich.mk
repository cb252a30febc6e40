check_PROGRAMS += tests/unit/check_enrich
tests_unit_check_enrich_SOURCES = \
	tests/unit/enrich_address.c \
	tests/unit/enrich_catalogs.c \
	tests/unit/enrich_main.c \
	tests/unit/enrich_place.c \
	tests/unit/enrich_tests.h \
	tests/unit/enrich_text.c
tests_unit_check_enrich_LDADD = $(unit_ldadd)
tests_unit_check_enrich_CFLAGS = $(unit_cflags)
