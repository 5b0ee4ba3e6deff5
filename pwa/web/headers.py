"""What every answer of this server carries in its headers, whatever else it is."""

from collections.abc import Mapping

EVERYWHERE: Mapping[str, str] = {
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    # This host only: a clinic's other subdomains are not ours to decide about.
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}

_FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip


def document_headers(directives: Mapping[str, str], permissions: str) -> Mapping[str, str]:
    """Headers of an HTML document: nothing from elsewhere, nothing unsafe, and what `directives` add or replace."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
        **directives,
    }
    return {
        "cache-control": "no-cache",
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": permissions,
        **EVERYWHERE,
    }


def permissions(*allowed: str) -> str:
    """A Permissions-Policy that shuts every feature but these, which are open to our own pages."""
    return ", ".join(f"{feature}={'(self)' if feature in allowed else '()'}" for feature in _FEATURES)
