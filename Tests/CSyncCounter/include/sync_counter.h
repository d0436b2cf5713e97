#pragma once

/// Calls of fdatasync and fsync by the process since it began.
long sync_counter(void);
