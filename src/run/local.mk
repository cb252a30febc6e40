# The run: the only folder that knows the whole pipeline.
libauthsift_a_SOURCES += \
	src/run/health.c src/run/health.h \
	src/run/plan.c \
	src/run/progress.c src/run/progress.h \
	src/run/run.h \
	src/run/scan.c \
	src/run/tap.c src/run/tap.h \
	src/run/worker.c src/run/worker.h
