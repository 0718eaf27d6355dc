"""The drawings, one module per subject; `gallery.SCENES` lists them all."""
