//! The few shapes that the pictures are made of, written as SVG, in one palette. Also remembers where text
//! stands, so that tests can show that no label covers another.

use std::fmt::Write as _;

use crate::text::Font;

/// The card's own colours: it is opaque, so that it reads the same on dark and light Discord.
pub(crate) mod colour {
    pub const CARD: &str = "#1e1f22";
    pub const EDGE: &str = "#3f4147";
    pub const BOX: &str = "#2b2d31";
    pub const TRACK: &str = "#3a3c42";
    pub const HATCH: &str = "#393b41";
    pub const TEXT: &str = "#f2f3f5";
    pub const DIM: &str = "#b5bac1";
    pub const LINE: &str = "#9a9fa8";
    pub const GREEN: &str = "#3fb573";
    pub const AMBER: &str = "#f0b232";
    pub const RED: &str = "#fa6a6a";
    pub const BLUE: &str = "#6ea8fe";
    pub const ACCENT: &str = "#98a2ff";
    pub const ACCENT_BOX: &str = "#33365a";
}

/// Fills with the stripes of something closed or not there.
pub(crate) const HATCHED: &str = "url(#hatch)";

/// Which end of the text its x is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub font: Font,
    pub size: f64,
    pub fill: &'static str,
    pub anchor: Anchor,
}

impl Style {
    pub(crate) fn new(font: Font, size: f64, fill: &'static str) -> Self {
        Self {
            font,
            size,
            fill,
            anchor: Anchor::Start,
        }
    }

    pub(crate) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn width(&self, text: &str) -> f64 {
        self.font.width(self.size, text)
    }

    pub(crate) fn fit(&self, text: &str, most: f64) -> String {
        self.font.fit(self.size, text, most)
    }

    /// The text on one line or two, broken between words, the last one cut where it is wider than `most`.
    pub(crate) fn two_lines(&self, text: &str, most: f64) -> Vec<String> {
        let text = self.font.clean(text);
        if self.width(&text) <= most {
            return vec![text];
        }
        let fits = |&(at, _): &(usize, &str)| self.width(&text[..at]) <= most;
        match text.match_indices(' ').take_while(fits).last() {
            Some((at, _)) => vec![text[..at].to_owned(), self.fit(&text[at..], most)],
            None => vec![self.fit(&text, most)],
        }
    }
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    #[cfg(test)]
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    pub(crate) fn right(&self) -> f64 {
        self.x + self.w
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub(crate) fn middle(&self) -> f64 {
        self.x + self.w / 2.0
    }
}

/// How a shape's edge is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stroke {
    pub colour: &'static str,
    pub width: f64,
    pub dashed: bool,
}

impl Stroke {
    pub(crate) fn solid(colour: &'static str, width: f64) -> Self {
        Self {
            colour,
            width,
            dashed: false,
        }
    }

    pub(crate) fn dashed(colour: &'static str, width: f64) -> Self {
        Self {
            colour,
            width,
            dashed: true,
        }
    }

    fn attributes(self) -> String {
        let dashes = if self.dashed {
            r#" stroke-dasharray="5 4""#
        } else {
            ""
        };
        format!(
            r#"stroke="{}" stroke-width="{:.2}"{dashes}"#,
            self.colour, self.width
        )
    }
}

/// A drawing under way. Units are half pixels of the finished picture.
pub(crate) struct Canvas {
    width: f64,
    height: f64,
    body: String,
    labels: Vec<(Rect, String)>,
}

impl Canvas {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        let mut canvas = Self {
            width,
            height,
            body: String::new(),
            labels: Vec::new(),
        };
        let card = Rect {
            x: 0.5,
            y: 0.5,
            w: width - 1.0,
            h: height - 1.0,
        };
        canvas.rect(card, 12.0, colour::CARD, Some(Stroke::solid(colour::EDGE, 1.0)));
        canvas
    }

    pub(crate) fn rect(&mut self, rect: Rect, radius: f64, fill: &str, stroke: Option<Stroke>) {
        let Rect { x, y, w, h } = rect;
        let stroke = stroke.map(Stroke::attributes).unwrap_or_default();
        self.push(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{:.2}" height="{:.2}" rx="{:.2}" fill="{fill}" {stroke}/>"#,
            w.max(0.0),
            h.max(0.0),
            radius.min(w / 2.0).min(h / 2.0).max(0.0),
        ));
    }

    pub(crate) fn circle(&mut self, x: f64, y: f64, radius: f64, fill: &str, stroke: Option<Stroke>) {
        let stroke = stroke.map(Stroke::attributes).unwrap_or_default();
        self.push(format_args!(
            r#"<circle cx="{x:.2}" cy="{y:.2}" r="{radius:.2}" fill="{fill}" {stroke}/>"#
        ));
    }

    /// A path in SVG's own words, not filled.
    pub(crate) fn path(&mut self, d: &str, stroke: Stroke) {
        let stroke = stroke.attributes();
        self.push(format_args!(
            r#"<path d="{d}" fill="none" stroke-linecap="round" stroke-linejoin="round" {stroke}/>"#
        ));
    }

    /// A filled path.
    pub(crate) fn shape(&mut self, d: &str, fill: &str) {
        self.push(format_args!(r#"<path d="{d}" fill="{fill}"/>"#));
    }

    /// A horizontal bar, `share` of it (0 to 1) filled.
    pub(crate) fn bar(&mut self, rect: Rect, share: f64, fill: &str) {
        let radius = rect.h / 2.0;
        self.rect(rect, radius, colour::TRACK, None);
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        if share > 0.0 {
            self.rect(
                Rect {
                    w: (rect.w * share).max(rect.h.min(rect.w)),
                    ..rect
                },
                radius,
                fill,
                None,
            );
        }
    }

    /// Text with its baseline at y. Any text may be given; what cannot be drawn is replaced.
    pub(crate) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        let text = style.font.clean(text);
        if text.is_empty() {
            return;
        }
        let w = style.width(&text);
        let (left, anchor) = match style.anchor {
            Anchor::Start => (x, "start"),
            Anchor::Middle => (x - w / 2.0, "middle"),
            Anchor::End => (x - w, "end"),
        };
        let bounds = Rect {
            x: left,
            y: y - style.size * 0.75,
            w,
            h: style.size,
        };
        self.push(format_args!(
            r#"<text x="{x:.2}" y="{y:.2}" {} font-size="{:.2}" fill="{}" text-anchor="{anchor}">{}</text>"#,
            style.font.attributes(),
            style.size,
            style.fill,
            escape(&text),
        ));
        self.labels.push((bounds, text));
    }

    pub(crate) fn into_svg(self) -> String {
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">"#,
                r#"<defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" "#,
                r#"patternTransform="rotate(45)"><rect width="8" height="8" fill="{box_}"/>"#,
                r#"<rect width="3" height="8" fill="{hatch}"/></pattern></defs>{body}</svg>"#,
            ),
            w = self.width,
            h = self.height,
            box_ = colour::BOX,
            hatch = colour::HATCH,
            body = self.body,
        )
    }

    /// All text with its bounds.
    #[cfg(test)]
    pub(crate) fn labels(&self) -> &[(Rect, String)] {
        &self.labels
    }

    /// Two labels that cover each other, or one that leaves the card; for tests.
    #[cfg(test)]
    pub(crate) fn misplaced_label(&self) -> Option<String> {
        let card = Rect {
            x: 0.0,
            y: 0.0,
            w: self.width,
            h: self.height,
        };
        for (at, (rect, text)) in self.labels.iter().enumerate() {
            if rect.x < card.x
                || rect.right() > card.right()
                || rect.y < card.y
                || rect.bottom() > card.bottom()
            {
                return Some(format!("{text:?} leaves the card at {rect:?}"));
            }
            if let Some((_, other)) = self.labels[..at].iter().find(|(other, _)| other.overlaps(rect)) {
                return Some(format!("{text:?} covers {other:?} at {rect:?}"));
            }
        }
        None
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.body.write_fmt(element);
        self.body.push('\n');
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}
