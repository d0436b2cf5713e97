#pragma once
int other_callocationcounter(void);
