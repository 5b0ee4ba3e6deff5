"""What every answer of this server carries in its headers, whatever else it is."""

from collections.abc import Mapping

EVERYWHERE: Mapping[str, str] = {
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    # This host only: a clinic's other subdomains are not ours to decide about.
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}
