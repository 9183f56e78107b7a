// SPDX-License-Identifier: GPL-2.0
/* The SQL of the store: its tables (docs/store.md) and what is done to them. */
#include "user/monitor/private.h"

#define STRING_OF(number) #number
#define STRING(number) STRING_OF(number)

static const char tables[] =
	"CREATE TABLE epochs(id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL,"
	" armed_ns INTEGER NOT NULL, first INTEGER NOT NULL,"
	" UNIQUE(boot_id, armed_ns)) STRICT;"
	"CREATE TABLE runs(id INTEGER PRIMARY KEY,"
	" epoch INTEGER NOT NULL REFERENCES epochs, started INTEGER NOT NULL,"
	" last INTEGER NOT NULL, ended INTEGER, version TEXT NOT NULL,"
	" kernel TEXT NOT NULL, machine TEXT NOT NULL, verdict TEXT,"
	" exit_code INTEGER) STRICT;"
	"CREATE TABLE gaps(run INTEGER NOT NULL REFERENCES runs,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL) STRICT;"
	"CREATE TABLE pools(id INTEGER PRIMARY KEY,"
	" epoch INTEGER NOT NULL REFERENCES epochs, slot INTEGER NOT NULL,"
	" life INTEGER NOT NULL, address TEXT NOT NULL, device TEXT NOT NULL,"
	" driver TEXT NOT NULL, queue INTEGER, netns INTEGER, ifindex INTEGER,"
	" kernel_id INTEGER, first INTEGER NOT NULL,"
	" UNIQUE(epoch, slot, life)) STRICT;"
	"CREATE TABLE samples(step INTEGER NOT NULL, time INTEGER NOT NULL,"
	" pool INTEGER NOT NULL REFERENCES pools, state INTEGER NOT NULL,"
	" inflight INTEGER, inflight_min INTEGER, inflight_max INTEGER,"
	" cache INTEGER, ring INTEGER, oldest_ms INTEGER,"
	" events INTEGER NOT NULL, conclusive INTEGER NOT NULL,"
	" lost INTEGER NOT NULL, PRIMARY KEY(step, time, pool))"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE findings(epoch INTEGER NOT NULL REFERENCES epochs,"
	" check_id TEXT NOT NULL, severity TEXT NOT NULL, count INTEGER NOT NULL,"
	" pool INTEGER REFERENCES pools, evidence TEXT NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY(epoch, check_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE holders(time INTEGER NOT NULL,"
	" pool INTEGER NOT NULL REFERENCES pools, kind TEXT NOT NULL,"
	" place TEXT NOT NULL, name TEXT NOT NULL, pid INTEGER, pages INTEGER,"
	" bytes INTEGER, oldest_ms INTEGER) STRICT;"
	"CREATE INDEX holders_time ON holders(time);"
	"CREATE TABLE losses(run INTEGER NOT NULL REFERENCES runs,"
	" kind TEXT NOT NULL, why TEXT NOT NULL, count INTEGER NOT NULL,"
	" last INTEGER NOT NULL, PRIMARY KEY(run, kind, why))"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE reasons(run INTEGER NOT NULL REFERENCES runs,"
	" code TEXT NOT NULL, warning INTEGER NOT NULL, text TEXT NOT NULL,"
	" looks INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY(run, code, warning)) STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = " STRING(
		STORE_APPLICATION) ";"
				   "PRAGMA user_version = " STRING(
					   STORE_VERSION) ";";

static const char *const sql[STORE_STATEMENTS] = {
	[STORE_POOL] =
		"INSERT INTO pools(epoch, slot, life, queue, netns, ifindex,"
		" kernel_id, first, address, device, driver)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
		" ON CONFLICT(epoch, slot, life) DO UPDATE SET"
		" device = iif(excluded.device = '', device, excluded.device)"
		" RETURNING id",
	[STORE_SAMPLE] =
		"INSERT INTO samples(step, time, pool, state, inflight,"
		" cache, ring, oldest_ms, events, conclusive, lost)"
		" VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
		/* A clock that was set back has this second twice. */
		" ON CONFLICT(step, time, pool) DO UPDATE SET inflight_min ="
		" min(coalesce(inflight_min, inflight, excluded.inflight),"
		"  coalesce(excluded.inflight, inflight_min, inflight)),"
		" inflight_max ="
		" max(coalesce(inflight_max, inflight, excluded.inflight),"
		"  coalesce(excluded.inflight, inflight_max, inflight)),"
		" state = excluded.state, inflight = excluded.inflight,"
		" cache = excluded.cache, ring = excluded.ring,"
		" oldest_ms = excluded.oldest_ms, events = excluded.events,"
		" conclusive = excluded.conclusive, lost = excluded.lost",
	[STORE_ALIVE] = "UPDATE runs SET last = ?2 WHERE id = ?1",
	[STORE_GAP] = "INSERT INTO gaps(run, first, last, why)"
		      " VALUES(?1, ?2, ?3, ?4)",
	[STORE_FINDING] =
		"INSERT INTO findings(epoch, count, pool, first, last, check_id,"
		" severity, evidence) VALUES(?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)"
		" ON CONFLICT(epoch, check_id) DO UPDATE SET"
		" count = max(count, excluded.count), last = excluded.last,"
		" severity = excluded.severity",
	[STORE_HOLDER] =
		"INSERT INTO holders(time, pool, pid, pages, bytes, oldest_ms,"
		" kind, place, name) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[STORE_LOSS] = "INSERT INTO losses(run, count, last, kind, why)"
		       " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(run, kind, why)"
		       " DO UPDATE SET count = max(count, excluded.count),"
		       " last = excluded.last",
	[STORE_REASON] =
		"INSERT INTO reasons(run, warning, looks, first, last, code, text)"
		" VALUES(?1, ?2, 1, ?3, ?3, ?4, ?5)"
		" ON CONFLICT(run, code, warning) DO UPDATE SET"
		" looks = looks + (last != excluded.last), last = excluded.last,"
		" text = excluded.text",
	[STORE_END] = "UPDATE runs SET last = ?2, ended = ?2, exit_code = ?3,"
		      " verdict = ?4 WHERE id = ?1",
	/* The last sample of each interval, with the lowest and highest of all. */
	[STORE_THIN] =
		"INSERT INTO samples SELECT ?1, g.bucket, s.pool, s.state,"
		" s.inflight, g.low, g.high, s.cache, s.ring, s.oldest_ms,"
		" s.events, s.conclusive, s.lost FROM"
		" (SELECT pool, time / ?1 * ?1 AS bucket, max(time) AS at,"
		"  min(coalesce(inflight_min, inflight)) AS low,"
		"  max(coalesce(inflight_max, inflight)) AS high FROM samples"
		"  WHERE step = ?2 AND time < ?3 GROUP BY pool, bucket) g"
		" JOIN samples s ON s.step = ?2 AND s.time = g.at"
		" AND s.pool = g.pool WHERE true"
		" ON CONFLICT(step, time, pool) DO UPDATE SET"
		" state = excluded.state, inflight = excluded.inflight,"
		" cache = excluded.cache, ring = excluded.ring,"
		" oldest_ms = excluded.oldest_ms, events = excluded.events,"
		" conclusive = excluded.conclusive, lost = excluded.lost,"
		" inflight_min = min(coalesce(inflight_min, excluded.inflight_min),"
		"  coalesce(excluded.inflight_min, inflight_min)),"
		" inflight_max = max(coalesce(inflight_max, excluded.inflight_max),"
		"  coalesce(excluded.inflight_max, inflight_max))",
	[STORE_THINNED] = "DELETE FROM samples WHERE step = ?1 AND time < ?2",
	[STORE_THIN_HOLDERS] =
		"DELETE FROM holders WHERE time < ?1 AND (time, pool) NOT IN"
		" (SELECT max(time), pool FROM holders WHERE time < ?1"
		" GROUP BY pool, time / 3600)",
	[STORE_OLD_HOLDERS] = "DELETE FROM holders WHERE time < ?1",
};

int store_make_tables(struct store *store)
{
	int err = store_exec(store, "BEGIN IMMEDIATE");

	if (!err)
		err = store_exec(store, tables);
	if (!err)
		return store_exec(store, "COMMIT");
	store_exec(store, "ROLLBACK");
	return err;
}

int store_prepare(struct store *store)
{
	int code = SQLITE_OK, i;

	for (i = 0; code == SQLITE_OK && i < STORE_STATEMENTS; i++)
		code = sqlite3_prepare_v3(store->db, sql[i], -1,
					  SQLITE_PREPARE_PERSISTENT,
					  &store->statements[i], NULL);
	return store_errno(code);
}

void store_finalize(struct store *store)
{
	int i;

	for (i = 0; i < STORE_STATEMENTS; i++) {
		sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
}

int store_exec(struct store *store, const char *text)
{
	return store_errno(sqlite3_exec(store->db, text, NULL, NULL, NULL));
}

void store_bind_text(struct store *store, enum store_statement which, int at,
		     const char *text)
{
	sqlite3_bind_text(store->statements[which], at, text ? text : "", -1,
			  SQLITE_TRANSIENT);
}

int store_run_numbers(struct store *store, enum store_statement which,
		      const int64_t *numbers, int count, int64_t *row)
{
	sqlite3_stmt *statement = store->statements[which];
	int i, code;

	for (i = 0; i < count; i++)
		if (numbers[i] == STORE_NULL)
			sqlite3_bind_null(statement, i + 1);
		else
			sqlite3_bind_int64(statement, i + 1, numbers[i]);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		if (row)
			*row = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return store_errno(code);
}
