// The reference of `make bench-server`: evhttp with a handler that answers the same bytes every time.
// Usage: bare PORT BYTES
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *body;
static size_t length;

static void answer(struct evhttp_request *request, void *unused) {
  (void)unused;
  struct evbuffer *buffer = evbuffer_new();
  evbuffer_add(buffer, body, length);
  evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
  evhttp_send_reply(request, 200, "OK", buffer);
  evbuffer_free(buffer);
}

int main(int count, char **arguments) {
  if (count != 3) return fprintf(stderr, "usage: bare PORT BYTES\n"), 2;
  length = (size_t)atol(arguments[2]);
  body = malloc(length + 1);
  if (!body) return 1;
  memset(body, 'x', length);
  struct event_base *base = event_base_new();
  struct evhttp *http = base ? evhttp_new(base) : NULL;
  if (!http || evhttp_bind_socket(http, "127.0.0.1", (unsigned short)atoi(arguments[1])) != 0) return 1;
  evhttp_set_gencb(http, answer, NULL);
  return event_base_dispatch(base) < 0;
}
