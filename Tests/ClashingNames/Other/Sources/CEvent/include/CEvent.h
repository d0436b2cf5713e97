#pragma once
int other_cevent(void);
