"""The container engine: images of ours, and containers that live as long as whoever holds on to them.

Must not know what runs in a container.
"""
