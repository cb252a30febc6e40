check_PROGRAMS += tests/unit/check_enrich
tests_unit_check_enrich_SOURCES = tests/unit/enrich_main.c
tests_unit_check_enrich_LDADD = $(unit_ldadd)
tests_unit_check_enrich_CFLAGS = $(unit_cflags)
