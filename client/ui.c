/*
 * ui.c - the terminal of a person.
 *
 * Runs in s3-sudo-client, s3-approve and s3-audit, as the person.
 */
#include "config.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "format.h"
#include "ui.h"

/* A paste that is still on its way when we flush arrives within this time. */
#define PASTE_MS	120

void
ui_measure(struct ui *ui)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		ui->width = ws.ws_col < UI_WIDTH_MIN ? UI_WIDTH_MIN : ws.ws_col;
}

void
ui_init(struct ui *ui)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	(void)setlocale(LC_CTYPE, "");
	memset(ui, 0, sizeof(*ui));
	ui->width = UI_WIDTH;
	ui->tty = isatty(STDERR_FILENO) == 1;
	ui->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	ui->colour = ui->tty && (no_color == NULL || *no_color == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
	ui_measure(ui);
}

struct ui
ui_stdout(const struct ui *ui)
{
	struct ui out = *ui;

	if (isatty(STDOUT_FILENO) != 1)
		out.width = UI_WIDTH_ENDLESS;
	return out;
}

const char *
ui_glyph(const struct ui *ui, enum glyph g)
{
	static const char *const glyphs[][2] = {
		[GLYPH_DOT] = { "-", "\302\267" },
		[GLYPH_ELLIPSIS] = { "...", "\342\200\246" },
		[GLYPH_BAR] = { "#", "\342\226\210" },
		[GLYPH_REST] = { ".", "\342\226\221" },
		[GLYPH_DASH] = { "-", "\342\200\223" },
	};

	return glyphs[g][ui->utf8];
}

void
ui_line_clear(struct ui *ui)
{
	if (ui->open_line)
		fputs("\r\033[K", stderr);
	ui->open_line = false;
}

void
ui_line_end(struct ui *ui)
{
	if (ui->open_line)
		fputc('\n', stderr);
	ui->open_line = false;
}

void
ui_line(struct ui *ui, const char *text)
{
	if (!ui->tty)
		return;
	fprintf(stderr, "\r%s\033[K", text);
	fflush(stderr);
	ui->open_line = true;
}

void
ui_say(struct ui *ui, enum tone tone, const char *fmt, ...)
{
	static const char *const tones[] = {
		[TONE_PLAIN] = "", [TONE_GOOD] = "\033[32m", [TONE_BAD] = "\033[31m",
		[TONE_STRONG] = "\033[1m",
	};
	bool coloured = ui->colour && tone != TONE_PLAIN;
	char *text;
	va_list ap;

	ui_line_clear(ui);
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	if (coloured)
		fputs(tones[tone], stderr);
	format_said(stderr, text == NULL ? "out of memory" : text,
	    ui->tty ? ui->width : UI_WIDTH_ENDLESS);
	if (coloured)
		fputs("\033[0m", stderr);
	fflush(stderr);
	free(text);
}

void
ui_text(struct ui *ui, const char *text)
{
	ui_line_clear(ui);
	fputs(text, stderr);
	fflush(stderr);
}

bool
ui_can_ask(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

bool
ui_is_seen(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	unsigned asked, shown;
	bool same;

	if (fd == -1)
		return false;
	same = ioctl(fd, TIOCGDEV, &asked) == 0 && ioctl(STDERR_FILENO, TIOCGDEV, &shown) == 0 &&
	    asked == shown;
	close(fd);
	return same;
}

/* Until something is typed (1), or the question is idle (0). */
static int
still_asked(int fd, struct ui_unless *unless)
{
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { unless->fd, POLLIN, 0 } };
	int over;

	for (;;) {
		if (poll(p, 2, -1) == -1 && errno != EINTR)
			return 1;	/* the terminal itself says what is wrong */
		if (p[0].revents != 0)
			return 1;
		if (p[1].revents == 0)
			continue;
		if ((over = unless->over(unless->arg)) == 1)
			return 0;
		if (over == -1)
			p[1].fd = unless->fd = -1;
	}
}

/* One line, a byte at a time: what follows the newline is not ours to take. */
static int
line_read(int fd, char **answer, struct ui_unless *unless, struct s3jit_err *err)
{
	char buf[UI_LINE_MAX], c;
	size_t len = 0;
	ssize_t n;

	for (;;) {
		if (len == 0 && still_asked(fd, unless) == 0) {
			/* what is half typed is no answer to the next question either */
			(void)tcflush(fd, TCIFLUSH);
			(void)dprintf(fd, "\n");
			return 1;
		}
		n = read(fd, &c, 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return s3jit_fail_errno(err, "reading from the terminal");
		if (n == 0) {
			(void)dprintf(fd, "\n");
			return s3jit_fail(err, S3JIT_EWITHDRAWN, "No answer.  Nothing was done.");
		}
		if (c == '\n')
			break;
		if (len == sizeof(buf) - 1) {
			(void)tcflush(fd, TCIFLUSH);
			return s3jit_fail(err, S3JIT_EUSAGE, "this answer is too long");
		}
		buf[len++] = c;
	}
	buf[len] = '\0';
	if ((*answer = strdup(buf)) == NULL)
		return s3jit_fail_errno(err, "keeping the answer");
	return 0;
}

int
ui_ask(struct ui *ui, char **answer, const char *question, struct s3jit_err *err)
{
	struct ui_unless never = { -1, NULL, NULL };

	return ui_ask_unless(ui, answer, question, &never, err);
}

int
ui_ask_unless(struct ui *ui, char **answer, const char *question, struct ui_unless *unless,
    struct s3jit_err *err)
{
	int fd, ret = -1;

	*answer = NULL;
	ui_line_clear(ui);
	fflush(stderr);
	if ((fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1)
		return s3jit_fail(err, S3JIT_EUSAGE, "there is no terminal to ask on");
	(void)tcflush(fd, TCIFLUSH);
	(void)poll(NULL, 0, PASTE_MS);
	if (tcflush(fd, TCIFLUSH) == -1) {
		s3jit_fail_errno(err, "emptying the terminal's input");
		goto out;
	}
	if (dprintf(fd, "%s ", question) < 0) {
		s3jit_fail_errno(err, "asking on the terminal");
		goto out;
	}
	ret = line_read(fd, answer, unless, err);
out:
	close(fd);
	return ret;
}
