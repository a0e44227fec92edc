//! Files that come with a request: what they are called and what they are. Their bytes go to the store.

use bytes::Bytes;

/// One file of a multipart body, or one given to `/api/act`.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The part's name: `files[0]`.
    pub field: String,
    pub filename: String,
    pub content_type: String,
    pub bytes: Bytes,
}

impl Upload {
    pub fn new(field: String, filename: String, content_type: Option<String>, bytes: Bytes) -> Self {
        let content_type = content_type
            .filter(|kind| kind != "application/octet-stream")
            .unwrap_or_else(|| kind_of(&filename).to_owned());
        Self {
            field,
            filename,
            content_type,
            bytes,
        }
    }

    /// Width and height, where the file is a PNG: they stand in its first chunk.
    pub fn png_size(&self) -> Option<(u32, u32)> {
        let header = self
            .bytes
            .get(..24)
            .filter(|bytes| bytes.starts_with(b"\x89PNG\r\n\x1a\n"))?;
        let number = |at: usize| {
            header[at..at + 4]
                .iter()
                .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
        };
        Some((number(16), number(20)))
    }
}

fn kind_of(filename: &str) -> &'static str {
    let extension = filename
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("json") => "application/json",
        Some("csv") => "text/csv; charset=utf-8",
        Some("txt" | "md" | "log" | "toml" | "py" | "sql") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A file name that is safe in a link: what is not a letter, a digit, `.`, `-` or `_` becomes `_`.
pub fn safe_name(name: &str) -> String {
    let safe = |letter: char| {
        if letter.is_alphanumeric() || ".-_".contains(letter) {
            letter
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(safe).collect();
    if name.trim_matches(['.', '_']).is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}
