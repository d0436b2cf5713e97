#include "CSQLite.h"

int other_csqlite(void) { return 1; }
