"""Places in a picture, shown: drawn into it (`draw_boxes`, with Pillow) or laid over it (`svg_overlay`).

Both take the `Box` events of a stream as they come; the model's notation is read by the stage `flow.boxes`.
"""

from slipstream.sinks.boxes.draw import default_font, draw_boxes, missing_glyphs
from slipstream.sinks.boxes.picture import opened
from slipstream.sinks.boxes.svg import svg_overlay

__all__ = ["default_font", "draw_boxes", "missing_glyphs", "opened", "svg_overlay"]
