"""Reports: pages that need nothing but a browser, and JUnit for other tools."""
