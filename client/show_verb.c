/*
 * show_verb.c - `show ID`: everything about one request, for its requester
 * and for its approvers alike.
 *
 * Linked into s3-sudo-client and s3-approve.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "app.h"
#include "show.h"

int
verb_show(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct ui out = ui_stdout(&app->ui);
	struct msg_show ask = { argv[0] };
	struct msg_shown shown;
	char title[160], *text;
	int ret = 0;

	(void)argc;
	if (app_ask(app, &show_table, &ask, &shown_table, &shown) == -1)
		return -1;
	if (app->opt.json) {
		ret = app_print_message(app, &shown_table, &shown);
	} else if ((text = show_request(&out, &shown, true)) == NULL) {
		ret = s3jit_fail_errno(&app->err, "showing the request");
	} else {
		show_title(title, sizeof(title), &out, &shown, 0, 0);
		printf("%s\n%s", title, text);
		free(text);
	}
	codec_clear(&shown_table, &shown);
	return ret;
}
