/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Macros of libraries whose headers cppcheck does not read, for make lint. A
 * header, because cppcheck ends a -D at the first semicolon.
 */
#define JSON_INTEGER_FORMAT "lld"
#define HASH_ITER(hh, head, el, tmp)                       \
	for (el = head, tmp = el ? el->hh.next : NULL; el; \
	     el = tmp, tmp = el ? el->hh.next : NULL)
#define LIBBPF_OPTS(type, name, ...) struct type name = { 0 }
#define mnl_attr_for_each_nested(attribute, nest)               \
	for (attribute = mnl_attr_get_payload(nest); attribute; \
	     attribute = mnl_attr_next(attribute))
#define json_array_foreach(array, i, value) \
	for (i = 0; (value = json_array_get(array, i)); i++)
#define json_object_foreach(object, key, value) \
	for (key = ""; (value = json_object_get(object, key));)
#define bpf_object__for_each_program(pos, obj)               \
	for (pos = bpf_object__next_program(obj, NULL); pos; \
	     pos = bpf_object__next_program(obj, pos))
