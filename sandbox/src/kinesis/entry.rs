//! What the journal of one tenant's Kinesis in one region holds: either the whole control state (streams, shards,
//! tags: small, so always whole) or a batch of records.

use ferrokinesis::sequence::parse_sequence;

use crate::journal;

/// The first bytes of a Kinesis journal.
pub const MAGIC: journal::Magic = b"TRIBKIN1";
const CONTROL: u8 = 0;
/// Records without their time of arrival, as once written; their sequence numbers have it in whole seconds.
const UNTIMED_RECORDS: u8 = 1;
const RECORDS: u8 = 2;

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
    /// Unix milliseconds.
    pub arrived: u64,
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
                    payload.extend_from_slice(&record.arrived.to_le_bytes());
                }
            }
        }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (kind, mut rest) = payload.split_first()?;
        match *kind {
            CONTROL => Some(Self::Control(rest.to_vec())),
            RECORDS | UNTIMED_RECORDS => {
                let stream = take_text(&mut rest)?;
                let mut records = Vec::new();
                while !rest.is_empty() {
                    records.push(take_record(&mut rest, *kind == RECORDS)?);
                }
                Some(Self::Records { stream, records })
            }
            _ => None,
        }
    }
}

fn take_record(rest: &mut &[u8], timed: bool) -> Option<Record> {
    let mut record = Record {
        shard: take_u32(rest)?,
        sequence: take_text(rest)?,
        key: take_text(rest)?,
        data: take_text(rest)?,
        arrived: 0,
    };
    record.arrived = if timed {
        let (head, after) = rest.split_first_chunk::<8>()?;
        *rest = after;
        u64::from_le_bytes(*head)
    } else {
        parse_sequence(&record.sequence).ok()?.seq_time?
    };
    Some(record)
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

#[cfg(test)]
mod tests {
    use ferrokinesis::sequence::{SeqObj, stringify_sequence};

    use super::*;
    use crate::journal::Entry as _;

    #[test]
    fn what_was_written_without_times_is_still_read() {
        let sequence = &stringify_sequence(&SeqObj {
            shard_create_time: 1_800_000_000_000,
            seq_ix: Some(3),
            byte1: None,
            seq_time: Some(1_800_000_007_000),
            seq_rand: None,
            shard_ix: 7,
            version: 2,
        });
        let mut payload = vec![UNTIMED_RECORDS];
        put_text(&mut payload, "orders");
        payload.extend_from_slice(&7_u32.to_le_bytes());
        for text in [sequence, "k", "eA=="] {
            put_text(&mut payload, text);
        }
        let Some(Entry::Records { stream, records }) = Entry::read(&payload) else {
            panic!("these are records");
        };
        assert_eq!((stream.as_str(), records[0].shard), ("orders", 7));
        assert_eq!(records[0].arrived, 1_800_000_007_000);
        let again = Entry::Records { stream, records };
        let mut payload = Vec::new();
        again.write(&mut payload);
        assert_eq!(Entry::read(&payload), Some(again));
    }
}
