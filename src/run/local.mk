# The run: the only folder that knows the whole pipeline.
libauthsift_a_SOURCES += \
	src/run/facts.c src/run/facts.h \
	src/run/health.c src/run/health.h \
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
