-- Keeps the numbers of the steps consecutive.
SELECT 1;
