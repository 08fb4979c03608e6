#!/usr/bin/python3
"""Writes windows_zones.inc from the CLDR data of Debian's unicode-cldr-core: Windows names and the display names of the
same zones (the comment before each group), both as name_key() folds them, sorted for a binary search.
With --check it writes nothing and fails where the file beside it is stale."""

import pathlib
import re
import sys
import xml.etree.ElementTree

SOURCE = pathlib.Path("/usr/share/unicode/cldr/common/supplemental/windowsZones.xml")
TABLE = pathlib.Path(__file__).with_name("windows_zones.inc")


def key(name):
    return re.sub(r"[ _]+", " ", name.strip()).lower()


class Zones(xml.etree.ElementTree.TreeBuilder):
    def __init__(self):
        super().__init__(insert_comments=True)


def rows():
    parser = xml.etree.ElementTree.XMLParser(target=Zones())
    zones = xml.etree.ElementTree.parse(SOURCE, parser).getroot().find("windowsZones/mapTimezones")
    found = {}
    display = None
    for element in zones:
        if element.tag is xml.etree.ElementTree.Comment:
            display = re.sub(r"^\([^)]*\)\s*", "", element.text.strip())
        elif element.get("territory") == "001":
            zone = element.get("type").split(" ")[0]
            if zone == "Etc/UTC" or zone == "Etc/GMT":
                zone = "UTC"
            for name in (element.get("other"), display):
                if found.setdefault(key(name), zone) != zone:
                    sys.exit(f"{name} names two zones")
    return sorted(found.items())


def table():
    lines = ["// Written by windows_zones.py from CLDR's windowsZones.xml; do not edit."]
    lines += [f'{{"{name}", "{zone}"}},' for name, zone in rows()]
    return "\n".join(lines) + "\n"


def main():
    if "--check" not in sys.argv[1:]:
        TABLE.write_text(table(), encoding="utf-8")
    elif TABLE.read_text(encoding="utf-8") != table():
        sys.exit(f"{TABLE} is stale: run {sys.argv[0]}")


if __name__ == "__main__":
    main()
