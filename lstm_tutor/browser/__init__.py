"""A computation as one page for a browser, which shows, computes, explains and asks."""
