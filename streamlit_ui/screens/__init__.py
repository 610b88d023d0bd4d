"""One module a page: each draws what its view model decided."""
