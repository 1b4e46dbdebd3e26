/*
 * prompt.c - s3-sudo status --prompt: a word for PS1, or nothing.
 *
 * Runs in s3-sudo-client as the person, before each prompt of theirs: one
 * question, little patience, and never a word when something is wrong.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "prompt.h"
#include "show.h"

#define PROMPT_MS 250	/* to connect, and for the answer: a prompt does not wait longer */

const struct summary *
prompt_open_here(const struct list *requests)
{
	const struct summary *s = requests->v;
	size_t i;

	for (i = 0; i < requests->n; i++)
		if (s[i].here && strcmp(s[i].state, "active") == 0 && delivery_stays(s[i].delivery))
			return &s[i];
	return NULL;
}

void
prompt_word(char *buf, size_t size, const struct summary *s)
{
	char left[FORMAT_TEXT];

	format_left(left, s->deadline - s->now);
	left[strcspn(left, " ")] = '\0';
	snprintf(buf, size, "s3:%s %s", show_only_reads(&s->scope) ? "read" : "write", left);
}

int
status_prompt(struct app *app)
{
	struct msg_status_answer answer;
	const struct summary *s;
	struct msg_status ask;
	char word[64];

	memset(&ask, 0, sizeof(ask));
	if (conn_open(&app->conn, "s3-sudo", true, PROMPT_MS, &app->err) == -1)
		return 0;
	conn_patience(app->conn, PROMPT_MS);
	if (conn_ask(app->conn, &status_table, &ask, &status_answer_table, &answer, &app->err) == -1)
		return 0;
	if ((s = prompt_open_here(&answer.requests)) != NULL) {
		prompt_word(word, sizeof(word), s);
		puts(word);
	}
	codec_clear(&status_answer_table, &answer);
	return 0;
}
