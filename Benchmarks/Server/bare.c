// The reference of `make bench-server`: evhttp with a handler that answers /N with N bytes, always the same.
// Usage: bare BYTES, which is the most it is asked for. Prints the port that the system chose.
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static char *body;
static size_t length;

static void answer(struct evhttp_request *request, void *unused) {
  (void)unused;
  size_t asked = (size_t)atol(evhttp_request_get_uri(request) + 1);
  struct evbuffer *buffer = evbuffer_new();
  evbuffer_add(buffer, body, asked < length ? asked : length);
  evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
  evhttp_send_reply(request, 200, "OK", buffer);
  evbuffer_free(buffer);
}

int main(int count, char **arguments) {
  if (count != 2) return fprintf(stderr, "usage: bare BYTES\n"), 2;
  length = (size_t)atol(arguments[1]);
  body = malloc(length + 1);
  if (!body) return 1;
  memset(body, 'x', length);
  struct event_base *base = event_base_new();
  struct evhttp *http = base ? evhttp_new(base) : NULL;
  struct evhttp_bound_socket *bound = http ? evhttp_bind_socket_with_handle(http, "127.0.0.1", 0) : NULL;
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  if (!bound || getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) != 0) {
    return perror("bare"), 1;
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  evhttp_set_gencb(http, answer, NULL);
  return event_base_dispatch(base) < 0;
}
