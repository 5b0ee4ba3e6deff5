#!/usr/bin/python3
"""A WebKitGTK window with a lasting profile that WebKitWebDriver can drive; WebKit's own test browser forgets all.

It runs under the system's Python, which has PyGObject. Usage: webkit_window.py --automation --profile FOLDER
[--width N] [--height N]
"""

import argparse

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402  # the versions must be named first


def main() -> None:
    """Make the context, answer the driver's wish for windows, and run until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--automation", action="store_true", required=True)
    parser.add_argument("--profile", required=True)
    parser.add_argument("--width", type=int, default=390)
    parser.add_argument("--height", type=int, default=844)
    options = parser.parse_args()

    manager = WebKit2.WebsiteDataManager(
        base_data_directory=f"{options.profile}/data", base_cache_directory=f"{options.profile}/cache"
    )
    context = WebKit2.WebContext.new_with_website_data_manager(manager)
    context.set_automation_allowed(True)

    def open_window() -> WebKit2.WebView:
        view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
        window = Gtk.Window()
        window.set_default_size(options.width, options.height)
        window.add(view)
        window.show_all()
        view.connect("close", lambda _: window.destroy())
        return view

    def begin(_: WebKit2.WebContext, session: WebKit2.AutomationSession) -> None:
        information = WebKit2.ApplicationInfo()
        information.set_name("MiniBrowser")
        information.set_version(2, 50, 0)
        session.set_application_info(information)
        session.connect("create-web-view", lambda _: open_window())

    context.connect("automation-started", begin)
    Gtk.main()


main()
