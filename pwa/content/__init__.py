"""The words of the guide: pages, revisions, sign-offs, checks, releases and notices."""
