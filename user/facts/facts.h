/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Facts: what collectors emit, what a session is built from, and what a
 * recording keeps, one struct each (struct pool_fact, struct window_fact, ...),
 * made from the table facts.def. JSON is only how facts are written down.
 *
 * Every struct begins with `has`, one bit for each member that is there.
 * Collectors fill a struct on their stack; whoever takes a fact over a sink
 * borrows it for the call and copies what it keeps (fact_copy()). What was
 * decoded or copied is freed by fact_clear().
 */
#ifndef NETMEM_FACTS_H
#define NETMEM_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "user/facts/names.h"
#include "user/facts/reasons.h"
#include "user/util/strings.h"

#define FACTS_SCHEMA "netmem-check/1"

struct numbers {
	int64_t of[4];
};

/* Kinds of members: X(KIND, C type), X(KIND, its enum). */
#define FACT_PLAIN_KINDS(X)                                                    \
	X(BOOL, bool)                                                          \
	X(U32, uint32_t)                                                       \
	X(I32, int32_t)                                                        \
	X(U64, uint64_t)                                                       \
	X(I64, int64_t)                                                        \
	X(BITS, uint64_t) /* 64 bits; in JSON a number that may be negative */ \
	X(SHARE, double)                                                       \
	X(ADDRESS, uint64_t) /* "0xffff8881..."; an integer is read as well */ \
	X(NETMEM, uint64_t) /* as "frame" or "net_iov": netmem.h */            \
	X(STRING, const char *) /* NULL only where it is not there */          \
	X(STRINGS, struct strings)                                             \
	X(COUNTS, struct counts)                                               \
	X(NUMBERS, struct numbers)
#define FACT_ENUM_KINDS(X)                \
	X(CHECK, enum model_check)        \
	X(STATE, enum model_state)        \
	X(EVENT, enum model_event)        \
	X(WAY, enum attach_way)           \
	X(BLIND, enum blind_code)         \
	X(NOTE, enum note_code)           \
	X(CLOSED, enum closed_result)     \
	X(POOL_STATE, enum pool_state)    \
	X(LOSS, enum loss_kind)           \
	X(HOLDER, enum holder_kind)       \
	X(PLACE, enum holder_place)       \
	X(SURENESS, enum sureness)        \
	X(CONTAINER, enum container_kind) \
	X(REFERENCE, enum reference_kind) \
	X(VERDICT, enum xdp_verdict)      \
	X(XDP_MODE, enum xdp_mode)        \
	X(ENTRY, enum entry_place)        \
	X(MARK, enum mark_state)

enum fact_kind {
#define KIND(name, type) KIND_##name,
	FACT_PLAIN_KINDS(KIND) FACT_ENUM_KINDS(KIND)
#undef KIND
		KIND_PART,
	KIND_PARTS,
};

#define KIND_TYPE(name, type) typedef type fact_##name;
FACT_PLAIN_KINDS(KIND_TYPE)
FACT_ENUM_KINDS(KIND_TYPE)
#undef KIND_TYPE

/* Numbers of members: the bits of `has`. */
#define FACT(type, doc) enum {
#define PART(type, doc) enum {
#define SAME(type, as, doc)
#define M(type, member, kind, need, fallback, doc) type##_##member##_bit,
#define N(type, member, part, need, doc) type##_##member##_bit,
#define L(type, member, part, need, doc) type##_##member##_bit,
#define END(type)      \
	type##_members \
	}              \
	;              \
	_Static_assert(type##_members <= 64, "too many members in " #type);
#include "user/facts/facts.def"

#define FACT(type, doc)      \
	struct type##_fact { \
		uint64_t has;
#define PART(type, doc)      \
	struct type##_fact { \
		uint64_t has;
#define SAME(type, as, doc)
#define M(type, member, kind, need, fallback, doc) fact_##kind member;
#define N(type, member, part, need, doc) struct part##_fact member;
#define L(type, member, part, need, doc) struct part##_facts member;
#define END(type)                          \
	}                                  \
	;                                  \
	struct type##_facts {              \
		struct type##_fact *items; \
		size_t count;              \
	};
#include "user/facts/facts.def"

enum fact_type {
#define FACT(type, doc) FACT_##type,
#define PART(type, doc)
#define SAME(type, as, doc) FACT_##type,
#define M(type, member, kind, need, fallback, doc)
#define N(type, member, part, need, doc)
#define L(type, member, part, need, doc)
#define END(type)
#include "user/facts/facts.def"
	FACT_LINES, /* types below are lines of a recording, above parts */
#define FACT(type, doc)
#define PART(type, doc) FACT_##type,
#define SAME(type, as, doc)
#define M(type, member, kind, need, fallback, doc)
#define N(type, member, part, need, doc)
#define L(type, member, part, need, doc)
#define END(type)
#include "user/facts/facts.def"
	FACT_TYPES,
};

/* Any fact that is a line: what goes over a sink. */
struct fact {
	enum fact_type type;
	union {
		uint64_t has; /* of whichever it is */
#define FACT(type, doc) struct type##_fact type;
#define PART(type, doc)
#define SAME(type, as, doc) struct as##_fact type;
#define M(type, member, kind, need, fallback, doc)
#define N(type, member, part, need, doc)
#define L(type, member, part, need, doc)
#define END(type)
#include "user/facts/facts.def"
	};
};

/* Is an optional member there? And to set one. @fact is a pointer. */
#define fact_has(fact, type, member) \
	((bool)((fact)->has >> type##_##member##_bit & 1))
#define fact_set(fact, type, name, ...) \
	((fact)->name = (__VA_ARGS__),  \
	 (fact)->has |= 1ULL << type##_##name##_bit)
/* Says that a member is there which was filled in place. */
#define fact_mark(fact, type, member) \
	((fact)->has |= 1ULL << type##_##member##_bit)

/*
 * Who takes facts. Returns 0, or a negative errno: -EINVAL for a fact that
 * contradicts what came before it (a pool that no fact named), -ENOMEM.
 */
struct fact_sink {
	int (*take)(void *to, const struct fact *fact);
	void *to;
};

/* ---- descriptors, for who goes through members ---- */

struct fact_member {
	const char *name;
	enum fact_kind kind;
	enum fact_type part; /* KIND_PART, KIND_PARTS: of this type */
	bool required;
	double fallback;
	size_t offset;
	const char *doc;
};

struct fact_info {
	const char *name, *doc;
	const struct fact_member *members;
	size_t count; /* members */
	size_t size; /* bytes of the struct */
	enum fact_type same; /* the type whose members these are; itself */
};

extern const struct fact_info fact_infos[FACT_TYPES];

/* Empties it: each member reads as its fallback. */
void fact_init(enum fact_type type, void *fact);

/*
 * For what a collector filled: required members are there, and those that are
 * not there read as their fallback, as after fact_decode().
 */
void fact_complete(enum fact_type type, void *fact);

/* The type of this name, FACT_LINES: none. */
enum fact_type fact_type_by_name(const char *name);

/* A deep copy; 0, or -ENOMEM with @to empty. */
int fact_copy(enum fact_type type, void *to, const void *from);

/* Adds each member of a fact that has only numbers (actions, paths) to @sum. */
void fact_add(enum fact_type type, void *sum, const void *fact);

/* Frees what a fact has, and empties it. Not for what a collector filled. */
void fact_clear(enum fact_type type, void *fact);

/*
 * Appends a deep copy to a list, that is to a struct TYPE_facts; 0, or -ENOMEM
 * with the list unchanged.
 */
int facts_append(enum fact_type type, void *list, const void *fact);

/* Takes one out of a list, and frees it. */
void facts_remove(enum fact_type type, void *list, size_t index);

void facts_clear(enum fact_type type, void *list);

/* ---- JSON ---- */

/*
 * The members of a fact as an object, without its type; failures are kept as
 * those of all that is built (util/build.h).
 */
json_t *fact_encode(enum fact_type type, const void *fact);

/*
 * Reads members from an object; those that the table does not know are
 * ignored. 0, -ENOMEM, or -EINVAL with a reason that names fact and member in
 * @why; the fact is empty then.
 */
int fact_decode(enum fact_type type, json_t *object, void *fact, char *why,
		size_t size);

/*
 * The border where bytes of the kernel become text (user/util/utf8.h): once for
 * each fact that a collector made. Returns 0: all strings of @fact are text; 1:
 * some were not, @text is a copy in which they are escaped, and the caller
 * clears it; or -ENOMEM.
 */
int fact_to_text(struct fact *text, const struct fact *fact);

/* A whole line with its type "t". */
json_t *fact_to_json(const struct fact *fact);
int fact_from_json(json_t *object, struct fact *fact, char *why, size_t size);

#endif
