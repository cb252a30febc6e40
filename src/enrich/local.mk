# Derived fields: enrichers.def has a row for each enr_*.c.
libauthsift_a_SOURCES += \
	src/enrich/catalog.c src/enrich/catalog.h \
	src/enrich/enr_ip.c \
	src/enrich/enr_name.c \
	src/enrich/enr_oauth.c \
	src/enrich/enr_time.c \
	src/enrich/enr_url.c \
	src/enrich/enrich.c src/enrich/enrich.h src/enrich/enrichers.def \
	src/enrich/url.c src/enrich/url.h
