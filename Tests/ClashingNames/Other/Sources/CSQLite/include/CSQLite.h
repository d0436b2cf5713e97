#pragma once
int other_csqlite(void);
