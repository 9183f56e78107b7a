// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/monitor/listen.h"
#include "user/monitor/metrics.h"
#include "user/monitor/serve.h"
#include "user/util/util.h"

#define CONNECTIONS 64
#define TIMEOUT_S 10
/* A look takes some seconds; a monitor that is silent for longer is not well. */
#define HEALTHY_NS (60 * 1000000000ULL)

struct text {
	char *bytes;
	size_t size;
};

struct serve {
	struct MHD_Daemon *daemon;
	struct listening at;
	pthread_mutex_t lock; /* of all below */
	struct text texts[METRICS_FORMATS];
	uint64_t published_ns; /* 0: never */
};

/* ---- answers ---- */

static enum MHD_Result answer_text(struct MHD_Connection *connection,
				   unsigned int status, const char *type,
				   const struct text *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		text->size, text->bytes, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
					"GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_line(struct MHD_Connection *connection,
				   unsigned int status, const char *line)
{
	struct text text = { (char *)line, strlen(line) };

	return answer_text(connection, status, "text/plain; charset=utf-8",
			   &text);
}

static enum MHD_Result answer_metrics(struct serve *serve,
				      struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	enum metrics_format format =
		accept && strstr(accept, "application/openmetrics-text") ?
			METRICS_OPEN :
			METRICS_TEXT;
	enum MHD_Result result;

	pthread_mutex_lock(&serve->lock);
	if (serve->published_ns)
		result = answer_text(connection, MHD_HTTP_OK,
				     metrics_type(format),
				     &serve->texts[format]);
	else
		result = answer_line(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "no sample yet\n");
	pthread_mutex_unlock(&serve->lock);
	return result;
}

static enum MHD_Result answer_health(struct serve *serve,
				     struct MHD_Connection *connection)
{
	bool healthy;

	pthread_mutex_lock(&serve->lock);
	healthy = serve->published_ns &&
		  now_ns() - serve->published_ns < HEALTHY_NS;
	pthread_mutex_unlock(&serve->lock);
	if (healthy)
		return answer_line(connection, MHD_HTTP_OK, "ok\n");
	return answer_line(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			   "no sample in the last 60 s\n");
}

static enum MHD_Result answer(void *data, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD))
		return answer_line(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				   "only GET and HEAD\n");
	if (!strcmp(url, "/metrics"))
		return answer_metrics(data, connection);
	if (!strcmp(url, "/healthz"))
		return answer_health(data, connection);
	return answer_line(connection, MHD_HTTP_NOT_FOUND,
			   "here are /metrics and /healthz\n");
}

/* ---- the thread ---- */

struct serve *serve_open(const char *listen, int *err)
{
	struct serve *serve = calloc(1, sizeof(*serve));

	*err = -ENOMEM;
	if (!serve) {
		pr_error("out of memory");
		return NULL;
	}
	*err = listen_open(listen, &serve->at);
	if (*err) {
		free(serve);
		return NULL;
	}
	pthread_mutex_init(&serve->lock, NULL);
	serve->daemon = MHD_start_daemon(
		MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL,
		answer, serve, MHD_OPTION_LISTEN_SOCKET, serve->at.fd,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_END);
	if (serve->daemon)
		return serve;
	*err = -EIO;
	pr_error("cannot serve at '%s'", listen);
	close(serve->at.fd);
	serve_close(serve);
	return NULL;
}

unsigned int serve_port(const struct serve *serve)
{
	return serve->at.port;
}

static int make_text(const struct view *view, enum metrics_format format,
		     struct text *text)
{
	FILE *stream = open_memstream(&text->bytes, &text->size);
	int err;

	if (!stream)
		return -errno;
	err = metrics_write(stream, view, format);
	if (fclose(stream) && !err)
		err = -errno;
	return err;
}

int serve_publish(struct serve *serve, const struct view *view)
{
	struct text texts[METRICS_FORMATS] = {}, old;
	int format, err = 0;

	if (!serve)
		return 0;
	for (format = 0; !err && format < METRICS_FORMATS; format++)
		err = make_text(view, format, &texts[format]);
	pthread_mutex_lock(&serve->lock);
	for (format = 0; !err && format < METRICS_FORMATS; format++) {
		old = serve->texts[format];
		serve->texts[format] = texts[format];
		texts[format] = old;
	}
	if (!err)
		serve->published_ns = now_ns();
	pthread_mutex_unlock(&serve->lock);
	for (format = 0; format < METRICS_FORMATS; format++)
		free(texts[format].bytes);
	return err;
}

void serve_close(struct serve *serve)
{
	int format;

	if (!serve)
		return;
	if (serve->daemon)
		MHD_stop_daemon(serve->daemon);
	listen_remove(&serve->at);
	pthread_mutex_destroy(&serve->lock);
	for (format = 0; format < METRICS_FORMATS; format++)
		free(serve->texts[format].bytes);
	free(serve);
}
