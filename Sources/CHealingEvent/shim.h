#pragma once
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <event2/util.h>

// Headers are kept in a <sys/queue.h> list, whose macros Swift does not import.
static inline struct evkeyval *cevent_first_header(struct evkeyvalq *headers) {
  return headers->tqh_first;
}

static inline struct evkeyval *cevent_next_header(struct evkeyval *header) {
  return header->next.tqe_next;
}

// Wakes a loop from another thread: a counter whose descriptor becomes readable.
static inline int cevent_wake_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int cevent_wake(int descriptor) { return eventfd_write(descriptor, 1); }

static inline void cevent_clear_wake(int descriptor) {
  eventfd_t count;
  (void)eventfd_read(descriptor, &count);
}
