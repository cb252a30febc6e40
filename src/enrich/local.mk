# Derived fields: enrichers.def has a row for each enr_*.c.
libauthsift_a_SOURCES += \
	src/enrich/address.c src/enrich/address.h \
	src/enrich/catalog.c src/enrich/catalog.h \
	src/enrich/enr_flow.c \
	src/enrich/enr_geo.c \
	src/enrich/enr_ip.c \
	src/enrich/enr_name.c \
	src/enrich/enr_network.c \
	src/enrich/enr_oauth.c \
	src/enrich/enr_place.c \
	src/enrich/enr_text.c \
	src/enrich/enr_time.c \
	src/enrich/enr_ua.c \
	src/enrich/enr_url.c \
	src/enrich/enrich.c src/enrich/enrich.h src/enrich/enrichers.def \
	src/enrich/geodb.c src/enrich/geodb.h \
	src/enrich/sketch.c src/enrich/sketch.h \
	src/enrich/url.c src/enrich/url.h \
	src/enrich/words.c src/enrich/words.h
