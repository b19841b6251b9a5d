"""Programs that use the packages together, as a stranger would. Everybody in them is invented."""
