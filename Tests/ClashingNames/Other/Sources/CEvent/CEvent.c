#include "CEvent.h"

int other_cevent(void) { return 1; }
