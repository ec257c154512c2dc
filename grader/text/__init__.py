"""Text that a submission or a machine wrote, made safe to keep and to show: names, messages, terminal lines.

Must not know what a text is about, or where it came from.
"""
