#pragma once
int other_ccurl(void);
