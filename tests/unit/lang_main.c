/* SPDX-License-Identifier: Apache-2.0 */
/* The unit tests of src/lang. They write rules as files, in a folder of their own. */
#include <check.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lang_suites.h"

static void remove_folder(const char *folder);

static void
remove_entry(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        remove_folder(path);
    else
        unlink(path);
}

static void
remove_folder(const char *folder)
{
    char path[4096];
    DIR *dir = opendir(folder);

    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        remove_entry(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
}

static bool
enter_folder(char *folder, size_t size)
{
    const char *where = getenv("TMPDIR");
    snprintf(folder, size, "%s/check-lang-XXXXXX", where != NULL ? where : "/tmp");
    return mkdtemp(folder) != NULL && chdir(folder) == 0;
}

int
main(void)
{
    char folder[4000];
    SRunner *r = srunner_create(lang_errors_suite()); /* reads its cases before we leave */

    if (!enter_folder(folder, sizeof folder))
        return EXIT_FAILURE;
    srunner_add_suite(r, lang_condition_suite());
    srunner_add_suite(r, lang_corr_suite());
    srunner_add_suite(r, lang_item_suite());
    srunner_add_suite(r, lang_load_suite());
    srunner_add_suite(r, lang_meta_suite());
    srunner_add_suite(r, lang_pattern_suite());
    srunner_add_suite(r, lang_sources_suite());
    srunner_add_suite(r, lang_tests_doc_suite());
    srunner_add_suite(r, lang_yaml_suite());
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    lang_errors_fini();
    if (chdir("/") == 0)
        remove_folder(folder);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
