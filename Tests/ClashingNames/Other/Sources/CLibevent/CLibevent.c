#include "CLibevent.h"

int other_clibevent(void) { return 1; }
