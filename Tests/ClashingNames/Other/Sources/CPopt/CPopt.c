#include "CPopt.h"

int other_cpopt(void) { return 1; }
