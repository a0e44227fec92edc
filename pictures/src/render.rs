//! From a drawn canvas to PNG bytes, with the embedded fonts and nothing else.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use crate::canvas::Canvas;
use crate::text::FONT_FILES;

/// Pixels for each unit of the drawing, so that it is sharp on dense screens.
const SCALE: f32 = 2.0;

/// A finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The image file.
    pub png: Vec<u8>,
    /// What it shows, in words, for people who do not see it. At most 1,000 characters.
    pub alt: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why a picture could not be drawn. Each of these is a fault of this crate, not of the data.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The drawing is not an SVG that can be read.
    #[error("the drawing cannot be read: {0}")]
    Drawing(#[from] usvg::Error),
    /// The drawing has a size that no image can have.
    #[error("the drawing of {width}×{height} pixels is too large or empty")]
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The pixels could not be written as PNG.
    #[error("the picture cannot be written as PNG: {0}")]
    Png(String),
}

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for file in FONT_FILES {
        fonts.load_font_data(file.to_vec());
    }
    Arc::new(fonts)
});

/// Draws a canvas. The alt text is cut to what Discord takes.
pub(crate) fn render(canvas: Canvas, alt: String) -> Result<Picture, PictureError> {
    let options = usvg::Options {
        fontdb: Arc::clone(&FONTS),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(&canvas.into_svg(), &options)?;
    let size = tree
        .size()
        .to_int_size()
        .scale_by(SCALE)
        .unwrap_or(tree.size().to_int_size());
    let (width, height) = (size.width(), size.height());
    let mut pixels = Pixmap::new(width, height).ok_or(PictureError::Size { width, height })?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    let png = pixels
        .encode_png()
        .map_err(|error| PictureError::Png(error.to_string()))?;
    Ok(Picture {
        png,
        alt: crate::alt::cut(alt),
        width,
        height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_are_found_by_the_names_the_drawings_use() {
        let found: Vec<_> = FONTS
            .faces()
            .map(|face| (face.families[0].0.clone(), face.weight.0))
            .collect();
        assert_eq!(
            found,
            [
                ("Inter".into(), 400),
                ("Inter".into(), 600),
                ("JetBrains Mono".to_owned(), 500)
            ]
        );
    }
}
