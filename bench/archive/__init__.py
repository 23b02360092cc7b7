"""An archive of 100,000 stories against one of 1,000: what readers and editors ask must not grow with it."""
