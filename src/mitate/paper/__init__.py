"""Reports as one HTML file: the frame, how it looks, its pieces, drawings that take the page's colour."""
