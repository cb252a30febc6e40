# SPDX-License-Identifier: Apache-2.0
libauthsift_a_SOURCES += \
	src/out/actions.def \
	src/out/apps.c src/out/apps.h \
	src/out/cells.c src/out/cells.h \
	src/out/dress.h \
	src/out/dress_csv.c \
	src/out/dress_jsonl.c \
	src/out/dress_terminal.c \
	src/out/finding.c src/out/finding.h \
	src/out/jsontext.c src/out/jsontext.h \
	src/out/metrics.c src/out/metrics.h \
	src/out/pack.c src/out/pack.h \
	src/out/rep_actions.c \
	src/out/rep_affiliate_apps.c \
	src/out/rep_app_inventory.c \
	src/out/rep_findings.c \
	src/out/rep_hits.c \
	src/out/rep_input_health.c \
	src/out/rep_overprivileged_apps.c \
	src/out/rep_password_apps.c \
	src/out/rep_rejects.c \
	src/out/rep_rule_summary.c \
	src/out/rep_run.c \
	src/out/rep_session_anomalies.c \
	src/out/rep_session_inventory.c \
	src/out/rep_suppressed.c \
	src/out/report.c src/out/report.h \
	src/out/reports.def \
	src/out/results.c src/out/results.h \
	src/out/subject.c src/out/subject.h \
	src/out/suppress.c src/out/suppress.h src/out/suppress_file.c \
	src/out/table.c src/out/table.h
