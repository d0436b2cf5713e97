#include "CCurl.h"

int other_ccurl(void) { return 1; }
