# SPDX-License-Identifier: Apache-2.0
# What runs the program every night: examples to copy and to change, installed as such.
opsdir = $(docdir)/examples/ops
dist_ops_DATA = \
	ops/authsift-notify.service \
	ops/authsift.cron \
	ops/authsift.logrotate \
	ops/authsift.rules \
	ops/authsift.service \
	ops/authsift.sysusers \
	ops/authsift.timer \
	ops/authsift.yml \
	ops/suppress.csv
dist_ops_SCRIPTS = ops/authsift-nightly
