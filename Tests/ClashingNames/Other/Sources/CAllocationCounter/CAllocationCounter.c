#include "CAllocationCounter.h"

int other_callocationcounter(void) { return 1; }
