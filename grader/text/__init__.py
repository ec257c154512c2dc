"""Makes text that a submission or a machine wrote safe to keep and to show: names, messages, terminal lines.

Must not know what a text means, or where it came from.
"""
