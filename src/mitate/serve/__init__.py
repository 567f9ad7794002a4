"""The web app: pages for phones and tablets, a REST API, jobs, and their safety."""
