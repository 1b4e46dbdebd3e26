/*
 * ui.h - the terminal of a person: our own lines go to stderr, questions to
 * /dev/tty, and nothing that was typed ahead can answer one.
 */
#ifndef CLIENT_UI_H
#define CLIENT_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "s3jit/err.h"

#define UI_WIDTH	80	/* where there is no terminal */
#define UI_WIDTH_MIN	30
#define UI_WIDTH_ENDLESS 100000
#define UI_LINE_MAX	4096	/* bytes of an answer */

struct ui {
	int width;		/* columns */
	bool tty;		/* stderr is a terminal: a line can be rewritten */
	bool colour;
	bool utf8;
	bool open_line;		/* a line is being rewritten just now */
};

enum glyph { GLYPH_DOT, GLYPH_ELLIPSIS, GLYPH_BAR, GLYPH_REST, GLYPH_DASH };
enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_STRONG };

/* Look at the terminal, the locale and NO_COLOR. */
void ui_init(struct ui *);
/* Look at the width again: windows change. */
void ui_measure(struct ui *);

/* The same for text on stdout: a file or pipe gets whole lines. */
struct ui ui_stdout(const struct ui *);

/* "·", "…", "█", "░", "–", or what ASCII has for them. */
const char *ui_glyph(const struct ui *, enum glyph);

/* One line of ours to stderr; a line being rewritten is closed first. */
void ui_say(struct ui *, enum tone, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Text that has its newlines already. */
void ui_text(struct ui *, const char *text);

/*
 * Rewrite the last line (on a terminal; elsewhere nothing happens).
 * ui_line_end() leaves it as it stands and goes to the next, ui_line_clear()
 * takes it away.
 */
void ui_line(struct ui *, const char *text);
void ui_line_end(struct ui *);
void ui_line_clear(struct ui *);

/*
 * Ask on the controlling terminal.  What was typed or pasted before the
 * question is thrown away (Q16).  *answer is the line without its newline,
 * the caller's to free.  EUSAGE where there is no terminal, EWITHDRAWN at end
 * of file (Ctrl-D).
 */
int ui_ask(struct ui *, char **answer, const char *question, struct s3jit_err *);

/*
 * The same, unless the question becomes idle: over() is called when fd can be
 * read (it reads what is there), and 1 is returned when it says so; fd is left
 * alone when it says -1.  over() prints nothing; the line is ended here.
 */
struct ui_unless {
	int fd;
	int (*over)(void *arg);
	void *arg;
};
int ui_ask_unless(struct ui *, char **answer, const char *question, struct ui_unless *,
    struct s3jit_err *);

/* Is there a controlling terminal to ask on? */
bool ui_can_ask(void);

/* And do our own lines appear on it, or did stderr go elsewhere? */
bool ui_is_seen(void);

#endif
