#include "CLinux.h"

int other_clinux(void) { return 1; }
