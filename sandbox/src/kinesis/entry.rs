//! What the journal of one tenant's Kinesis in one region holds: either the whole control state (streams, shards,
//! tags: small, so always whole) or a batch of records.

use crate::journal;

/// The first bytes of a Kinesis journal.
pub const MAGIC: journal::Magic = b"TRIBKIN1";
const CONTROL: u8 = 0;
const RECORDS: u8 = 1;

/// One thing that was journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The control state, as the engine writes it (JSON).
    Control(Vec<u8>),
    /// Records of one stream, in the order they were taken.
    Records { stream: String, records: Vec<Record> },
}

/// A record as kept: `data` is the base64 text that the engine works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub shard: u32,
    pub sequence: String,
    pub key: String,
    pub data: String,
}

impl journal::Entry for Entry {
    fn write(&self, payload: &mut Vec<u8>) {
        match self {
            Self::Control(json) => {
                payload.push(CONTROL);
                payload.extend_from_slice(json);
            }
            Self::Records { stream, records } => {
                payload.push(RECORDS);
                put_text(payload, stream);
                for record in records {
                    payload.extend_from_slice(&record.shard.to_le_bytes());
                    put_text(payload, &record.sequence);
                    put_text(payload, &record.key);
                    put_text(payload, &record.data);
                }
            }
        }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (kind, mut rest) = payload.split_first()?;
        match *kind {
            CONTROL => Some(Self::Control(rest.to_vec())),
            RECORDS => {
                let stream = take_text(&mut rest)?;
                let mut records = Vec::new();
                while !rest.is_empty() {
                    records.push(Record {
                        shard: take_u32(&mut rest)?,
                        sequence: take_text(&mut rest)?,
                        key: take_text(&mut rest)?,
                        data: take_text(&mut rest)?,
                    });
                }
                Some(Self::Records { stream, records })
            }
            _ => None,
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn take_u32(from: &mut &[u8]) -> Option<u32> {
    let (head, rest) = from.split_first_chunk::<4>()?;
    *from = rest;
    Some(u32::from_le_bytes(*head))
}

fn take_text(from: &mut &[u8]) -> Option<String> {
    let length = take_u32(from)? as usize;
    let (head, rest) = from.split_at_checked(length)?;
    *from = rest;
    String::from_utf8(head.to_vec()).ok()
}
