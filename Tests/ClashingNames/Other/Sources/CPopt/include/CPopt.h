#pragma once
int other_cpopt(void);
