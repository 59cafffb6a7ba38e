"""What the page of the admin shows of the status document; L{quorumha.admin.page_resources} serves it."""
