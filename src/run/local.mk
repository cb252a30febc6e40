# The run: the only folder that knows the whole pipeline.
libauthsift_a_SOURCES += \
	src/run/carried.c src/run/carried.h \
	src/run/carrying.c src/run/carrying.h \
	src/run/facts.c src/run/facts.h \
	src/run/health.c src/run/health.h \
	src/run/intake.c src/run/intake.h \
	src/run/layout.c src/run/layout.h \
	src/run/night.c src/run/night.h src/run/night_internal.h src/run/night_publish.c \
	src/run/partial_manifest.c src/run/partial_manifest.h \
	src/run/partial_merge.c src/run/partial_merge.h \
	src/run/partial_read.c src/run/partial_read.h \
	src/run/partial_write.c src/run/partial_write.h \
	src/run/plan.c \
	src/run/progress.c src/run/progress.h \
	src/run/run.h \
	src/run/sink.h \
	src/run/scan.c \
	src/run/tap.c src/run/tap.h \
	src/run/worker.c src/run/worker.h
