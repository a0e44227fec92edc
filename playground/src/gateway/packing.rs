//! How payloads are packed for the socket: as text, as one zlib stream for the whole connection
//! (`compress=zlib-stream` in the address), or the large ones each on their own (`compress` on identifying).
//! <https://discord.com/developers/docs/events/gateway#encoding-and-compression>

use std::io::{self, Write};

use axum::extract::ws::Message as Frame;
use flate2::{Compression, write::ZlibEncoder};

/// From how many bytes a payload counts as large: a guild does, an interaction does not.
const LARGE: usize = 3_072;

pub enum Packing {
    Plain,
    Large,
    Stream(ZlibEncoder<Vec<u8>>),
}

impl Packing {
    /// One stream for the whole connection; each payload ends with a flush, `00 00 ff ff`.
    pub fn stream() -> Self {
        Self::Stream(encoder())
    }

    /// What IDENTIFY asked for; a stream already compresses everything.
    pub fn compress_large(&mut self) {
        if matches!(self, Self::Plain) {
            *self = Self::Large;
        }
    }

    pub fn pack(&mut self, text: &str) -> io::Result<Frame> {
        match self {
            Self::Large if text.len() >= LARGE => {
                let mut alone = encoder();
                alone.write_all(text.as_bytes())?;
                Ok(Frame::binary(alone.finish()?))
            }
            Self::Plain | Self::Large => Ok(Frame::text(text)),
            Self::Stream(stream) => {
                stream.write_all(text.as_bytes())?;
                stream.flush()?;
                Ok(Frame::binary(std::mem::take(stream.get_mut())))
            }
        }
    }
}

fn encoder() -> ZlibEncoder<Vec<u8>> {
    ZlibEncoder::new(Vec::new(), Compression::fast())
}
