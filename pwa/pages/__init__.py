"""What readers see: pages rendered for a release, search, feed and sitemap."""
