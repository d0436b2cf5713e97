#pragma once

/// Calls of fdatasync and fsync that the process has made so far.
long sync_counter_value(void);
