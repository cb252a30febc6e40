/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUTHSIFT_CLI_TERMINAL_H
#define AUTHSIFT_CLI_TERMINAL_H

/* Columns of the terminal that standard output is; 0 if it is none, or nobody knows. */
unsigned terminal_width(void);

#endif
