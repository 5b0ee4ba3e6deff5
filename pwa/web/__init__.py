"""What is known about HTTP but about no feature: templates, asset names, headers, errors, the published layer."""
