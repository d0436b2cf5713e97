#pragma once
int other_clinux(void);
