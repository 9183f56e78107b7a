// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "user/cmd/terminal.h"
#include "user/facts/checks.h"
#include "user/report.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#define FINDINGS_SHOWN 4
#define NAME_WIDTH 20
#define NUMBER_WIDTH 11
#define GRAPH_MIN 8

struct terminal {
	SCREEN *screen;
	enum rates_order order;
	size_t first; /* row at the top */
	int rows; /* of pools that fit */
	bool keys; /* standard input is the terminal as well */
	bool paused;
	bool utf8;
};

struct terminal *terminal_open(void)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	if (!terminal)
		return NULL;
	setlocale(LC_CTYPE, "");
	terminal->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	terminal->keys = isatty(STDIN_FILENO);
	terminal->screen = newterm(NULL, stdout, stdin);
	if (!terminal->screen) {
		free(terminal);
		return NULL;
	}
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	return terminal;
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal->screen);
	free(terminal);
}

/* ---- above the table ---- */

static void draw_bar(const struct run_progress *progress, int row)
{
	int width = COLS > 100 ? 60 : COLS * 6 / 10, done = 0, i;

	if (progress->total_ms)
		done = progress->elapsed_ms * width / progress->total_ms;
	mvaddch(row, 0, '[');
	for (i = 0; i < width; i++)
		addch(i < done ? '#' : '.');
	addch(']');
}

/* Over as many rows as it takes, three at most; the row below. */
static int draw_status(const char *status, int row)
{
	int length = strlen(status), at = 0, lines;

	for (lines = 0; lines < 3 && at < length; lines++, at += COLS)
		mvaddnstr(row + lines, 0, status + at, COLS);
	return row + lines;
}

static int draw_findings(const struct session *session, int row)
{
	int check, found = 0;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		if (!session->findings[check].count)
			continue;
		if (found++ >= FINDINGS_SHOWN)
			continue;
		attron(A_BOLD);
		mvprintw(row++, 0, "%.*s", COLS, check_infos[check].id);
		attroff(A_BOLD);
		printw(": %s (%" PRIu64 ")", check_infos[check].headline,
		       session->findings[check].count);
	}
	if (found > FINDINGS_SHOWN)
		mvprintw(row++, 0, "and %d more checks",
			 found - FINDINGS_SHOWN);
	if (!found)
		mvaddnstr(row++, 0, "no findings so far", COLS);
	return row;
}

/* ---- the table ---- */

/* In the order in which a wider terminal gets them. */
enum live_column {
	LIVE_INFLIGHT,
	LIVE_OUT,
	LIVE_EVENTS,
	LIVE_ALLOCATIONS,
	LIVE_PUTS,
	LIVE_COLUMNS
};

static const char *const headings[LIVE_COLUMNS] = { "IN FLIGHT", "OUT",
						    "EVENTS/S", "ALLOCS/S",
						    "PUTS/S" };

/* How many of them fit beside name, state and a graph. */
static int columns_shown(void)
{
	int room = COLS - NAME_WIDTH - 9 - GRAPH_MIN - 1;
	int shown = room / NUMBER_WIDTH;

	return shown < LIVE_COLUMNS ? shown : LIVE_COLUMNS;
}

static void format_cell(const struct rates_row *row, enum live_column column,
			char *text, size_t size)
{
	const double numbers[LIVE_COLUMNS] = {
		[LIVE_INFLIGHT] = row->inflight,
		[LIVE_OUT] = row->out,
		[LIVE_EVENTS] = row->events,
		[LIVE_ALLOCATIONS] = row->allocations,
		[LIVE_PUTS] = row->puts,
	};

	if (numbers[column] < 0)
		snprintf(text, size, "-");
	else
		format_number(numbers[column], text, size);
}

/* The newest samples, as high as the pool's largest one. */
static void draw_graph(const struct terminal *terminal,
		       const struct rates_row *row, int width)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄",
					      "▅", "▆", "▇", "█" };
	static const char plain[] = "_.:-=+*#";
	size_t i = 0, level;
	int64_t most = 1;

	if (width <= 0)
		return;
	if (row->history_count > (size_t)width)
		i = row->history_count - width;
	for (level = i; level < row->history_count; level++)
		if (row->history[level] > most)
			most = row->history[level];
	for (; i < row->history_count; i++) {
		if (row->history[i] < 0) {
			addch(' ');
			continue;
		}
		level = row->history[i] * 7 / most;
		if (terminal->utf8)
			addstr(blocks[level]);
		else
			addch(plain[level]);
	}
}

/* Columns of a character; -1: the terminal cannot show it. */
static int width_of(const char *text, size_t length)
{
	wchar_t character;

	if (!length || utf8_is_control(text, length) ||
	    mbtowc(&character, text, length) <= 0)
		return -1;
	return wcwidth(character);
}

/* As much as fits; "?" for what is not to get to the terminal. */
static void draw_name(const char *name, int columns)
{
	size_t left = strlen(name), length;
	int width;

	for (; left; name += length, left -= length) {
		length = utf8_length(name, left);
		width = width_of(name, length);
		columns -= width < 0 ? 1 : width;
		if (columns < 0)
			break;
		if (width < 0)
			addch('?');
		else
			addnstr(name, length);
		length += !length;
	}
}

static void draw_row(const struct terminal *terminal,
		     const struct rates_row *row, int at, int columns)
{
	char text[32];
	int column;

	move(at, 0);
	draw_name(row->name, NAME_WIDTH - 1);
	mvprintw(at, NAME_WIDTH, "%-8s", pool_state_name(row->state));
	for (column = 0; column < columns; column++) {
		format_cell(row, column, text, sizeof(text));
		printw("%*s", NUMBER_WIDTH, text);
	}
	addch(' ');
	draw_graph(terminal, row,
		   COLS - NAME_WIDTH - 9 - columns * NUMBER_WIDTH - 1);
}

static void draw_table(struct terminal *terminal, struct rates *rates, int at)
{
	int columns = columns_shown(), column;
	const struct rates_row *rows;
	size_t count, i;

	rows = rates_rows(rates, terminal->order, &count);
	attron(A_BOLD);
	mvprintw(at++, 0, "%-*s%-9s", NAME_WIDTH, "POOL", "STATE");
	for (column = 0; column < columns; column++)
		printw("%*s", NUMBER_WIDTH, headings[column]);
	printw(" OUT OVER TIME");
	attroff(A_BOLD);
	terminal->rows = LINES - at - 1;
	if (terminal->first + terminal->rows > count)
		terminal->first = count > (size_t)terminal->rows ?
					  count - terminal->rows :
					  0;
	for (i = terminal->first; i < count && at < LINES - 1; i++)
		draw_row(terminal, &rows[i], at++, columns);
}

static void draw_footer(const struct terminal *terminal)
{
	char text[128];

	snprintf(text, sizeof(text), "q end  s sort (%s)  p %s  arrows scroll",
		 rates_order_name(terminal->order),
		 terminal->paused ? "go on (paused; the watch goes on)" :
				    "pause");
	if (!terminal->keys)
		return;
	mvaddnstr(LINES - 1, 0, text, COLS);
	clrtoeol();
}

void terminal_draw(struct terminal *terminal, struct rates *rates,
		   const struct session *session,
		   const struct run_progress *progress, const char *status)
{
	int row = 0;

	if (terminal->paused) {
		draw_footer(terminal);
		refresh();
		return;
	}
	erase();
	draw_bar(progress, row++);
	row = draw_status(status, row);
	row = draw_findings(session, row);
	draw_table(terminal, rates, row + 1);
	draw_footer(terminal);
	refresh();
}

/* ---- keys ---- */

static void scroll_by(struct terminal *terminal, int rows)
{
	if (rows < 0 && terminal->first < (size_t)-rows)
		terminal->first = 0;
	else
		terminal->first += rows;
}

bool terminal_keys(struct terminal *terminal)
{
	bool end = false;
	int key;

	if (!terminal->keys)
		return false;
	while ((key = getch()) != ERR) {
		if (key == 'q' || key == 'Q')
			end = true;
		else if (key == 's')
			terminal->order = (terminal->order + 1) % RATES_ORDERS;
		else if (key == 'p' || key == ' ')
			terminal->paused = !terminal->paused;
		else if (key == KEY_UP)
			scroll_by(terminal, -1);
		else if (key == KEY_DOWN)
			scroll_by(terminal, 1);
		else if (key == KEY_PPAGE)
			scroll_by(terminal, -terminal->rows);
		else if (key == KEY_NPAGE)
			scroll_by(terminal, terminal->rows);
	}
	return end;
}
