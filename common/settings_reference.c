/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_private.h"

/* mdoc reads a line that starts with a dot or an apostrophe as a request, a backslash as the start of an escape, and wants
 * each sentence on a line of its own. */
static void print_words(const char *words, FILE *out)
{
    if (words[0] == '.' || words[0] == '\'')
        (void) fputs("\\&", out);
    char before = '\0';
    for (; *words != '\0'; before = *words++) {
        bool next_sentence = before == '.' && words[0] == ' ' && words[1] >= 'A' && words[1] <= 'Z';
        if (*words == '\\')
            (void) fputs("\\e", out);
        else
            (void) fputc(next_sentence ? '\n' : *words, out);
    }
}

static void print_default(const struct setting *row, FILE *out)
{
    char text[SETTING_EXPECTED_BYTES];
    if (row->type == SETTING_PARAM) {
        const struct param_row *param = &param_rows[row->param];
        (void) fprintf(out, "; default %s", param_render(param, param->fallback, text, sizeof text));
    } else if (row->fallback != NULL) {
        (void) fputs("; default ", out);
        print_words(row->fallback, out);
    }
}

static void print_row(const struct setting *row, FILE *out)
{
    char expected[SETTING_EXPECTED_BYTES];
    (void) fprintf(out, ".It Cm %s\n", row->key);
    print_words(row->sentence, out);
    (void) fputc('\n', out);
    if (row->type == SETTING_GROUP)    /* its keys follow */
        return;

    (void) fputs("Takes ", out);
    print_words(setting_expected(row, expected, sizeof expected), out);
    print_default(row, out);
    (void) fprintf(out, "%s.\n", row->required ? "; required" : "");
    if (row->type == SETTING_SECRET)
        (void) fprintf(out, "A secret:\n.Cm %s_file\nnames a file that holds it.\n", row->key);
    if (row->environment != NULL && row->environment[0] != '\0')
        (void) fprintf(out, "In the environment:\n.Ev %s .\n", row->environment);
}

static void print_table(const struct setting *table, FILE *out)
{
    (void) fputs(".Bl -tag -width Ds\n", out);
    for (const struct setting *row = table; row->key != NULL; row++) {
        if (row->type == SETTING_NONE)
            continue;
        print_row(row, out);
        if (row->type == SETTING_GROUP || row->type == SETTING_LIST)
            print_table(row->table, out);
    }
    (void) fputs(".El\n", out);
}

void settings_print_page(const char *program, const struct setting *table, FILE *out)
{
    (void) fprintf(out, ".\\\" SPDX-License-Identifier: Apache-2.0\n.Dd November 21, 2026\n.Dt ");
    for (const char *c = program; *c != '\0'; c++)
        (void) fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, out);
    (void) fprintf(out, ".YAML 5\n.Os\n.Sh NAME\n.Nm %s.yaml\n.Nd configuration of %s\n.Sh DESCRIPTION\n"
                   "Read by\n.Xr %s 8\n.Pq Fl Fl config .\nA key that is not listed here is refused, with file, line and the nearest one that is.\n"
                   ".Cm ${NAME}\nin a value stands for a variable of the environment,\n.Cm ${NAME:-text}\nhas a default.\n"
                   "A variable that is named with a key stands above the file.\n.Pp\nThe keys:\n", program, program, program);
    print_table(table, out);
    (void) fprintf(out, ".Sh SEE ALSO\n.Xr %s 8\n", program);
}
