#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A receiver of Slack webhooks on 127.0.0.1 that prints each message for people and refuses what Slack would refuse.

    sink.py --port-file FILE [--record FILE]

--record appends each message as one line of JSON: {"at": …, "header": …, "text": …, "demo": …, "faults": […]}.
"""
import argparse
import json
import pathlib
import re
import textwrap
import time

from local import LocalHandler, serve

# Slack's limits for incoming webhooks (Block Kit reference), and the sum above which it answers msg_blocks_too_long.
BLOCKS_MAX, HEADER_MAX, SECTION_MAX, CONTEXT_MAX, TEXT_MAX, SUM_MAX = 50, 150, 3000, 10, 40000, 10000


def block_texts(block):
    """The texts in one block."""
    if block.get("type") == "context":
        return [element.get("text", "") for element in block.get("elements", [])]
    return [block.get("text", {}).get("text", "")]


def block_faults(block):
    kind, texts = block.get("type"), block_texts(block)
    if kind == "header" and (block["text"].get("type") != "plain_text" or len(texts[0]) > HEADER_MAX):
        yield f"header of {len(texts[0])} characters, at most {HEADER_MAX} of plain_text"
    if kind == "section" and len(texts[0]) > SECTION_MAX:
        yield f"section of {len(texts[0])} characters, at most {SECTION_MAX}"
    if kind == "context" and not 1 <= len(texts) <= CONTEXT_MAX:
        yield f"context of {len(texts)} elements, expected 1 to {CONTEXT_MAX}"
    if kind not in ("header", "section", "context", "divider", "actions"):
        yield f"block of type {kind!r}"
    if not all(texts):
        yield f"an empty text in a {kind}"


def faults(message):
    """What Slack would refuse, in words."""
    blocks = message.get("blocks", [])
    if not message.get("text"):
        yield "no text: nothing for a screen reader or a push message"
    if len(message.get("text", "")) > TEXT_MAX:
        yield f"text of {len(message['text'])} characters"
    if len(blocks) > BLOCKS_MAX:
        yield f"{len(blocks)} blocks, at most {BLOCKS_MAX}"
    total = sum(len(text) for block in blocks for text in block_texts(block))
    if total > SUM_MAX:
        yield f"{total} characters in all blocks, at most {SUM_MAX}"
    for block in blocks:
        yield from block_faults(block)


def readable(text):
    """Slack's markup as a terminal can show it."""
    text = re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<([^|>]+)\|([^>]*)>", r"\2 (\1)", text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def show(message, found):
    print(f"--- {time.strftime('%H:%M:%S')}  a message for Slack", flush=True)
    for block in message.get("blocks", []):
        for text in block_texts(block):
            lead = {"header": "## ", "context": "   · "}.get(block.get("type"), "   ")
            for line in readable(text).split("\n"):
                print(textwrap.fill(line, 100, initial_indent=lead, subsequent_indent="     "), flush=True)
    for fault in found:
        print(f"   !! Slack would refuse this: {fault}", flush=True)


class Handler(LocalHandler):
    record = None

    def do_POST(self):  # noqa: N802 (the library's name)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            message = json.loads(body)
        except ValueError:
            self.answer(400, "text/plain", b"invalid_payload")
            return
        found = list(faults(message))
        show(message, found)
        self.keep(message, found)
        self.answer(400 if found else 200, "text/plain", b"invalid_blocks" if found else b"ok")

    def keep(self, message, found):
        if self.record is None:
            return
        headers = [block["text"]["text"] for block in message.get("blocks", []) if block.get("type") == "header"]
        row = {"at": time.time(), "header": headers[0] if headers else "", "text": message.get("text", ""),
               "demo": message.get("text", "").startswith("[DEMO]"), "faults": found}
        with open(self.record, "a", encoding="utf-8") as record:
            record.write(json.dumps(row) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port-file", type=pathlib.Path, required=True, help="where to write the port the kernel chose")
    parser.add_argument("--record", type=pathlib.Path, help="one line of JSON for each message")
    options = parser.parse_args()
    Handler.record = options.record
    serve(Handler, options.port_file)


if __name__ == "__main__":
    main()
