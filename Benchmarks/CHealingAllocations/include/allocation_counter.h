#pragma once

/// Heap blocks that the calling thread has asked for since it began.
long allocation_counter_of_thread(void);
