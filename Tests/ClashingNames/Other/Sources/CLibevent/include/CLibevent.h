#pragma once
int other_clibevent(void);
