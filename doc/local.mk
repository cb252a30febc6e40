# SPDX-License-Identifier: Apache-2.0
# What is distributed and installed of doc/.
