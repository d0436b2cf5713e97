-- The id of a forgetting, by which the process that did it knows it again. NULL: written by a program from before this step.
ALTER TABLE component_change ADD COLUMN forgetting INTEGER;
