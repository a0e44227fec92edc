//! Receipt handles: which message of which queue, and which of its receives. Sealed, so that only the tenant and region
//! that were given one can use it. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::message::Number;
use super::refusal;
use crate::token::Sealer;
use crate::wire::Refusal;

/// One receive of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    /// The queue's incarnation.
    pub queue: Number,
    pub message: Number,
    /// The message's receive count.
    pub receive: u32,
}

impl Handle {
    pub fn text(self, sealer: &Sealer) -> Result<String, Refusal> {
        let token = format!("{:x}.{:x}.{:x}.", self.queue, self.message, self.receive);
        let whole = sealer.seal(&token).ok_or_else(Refusal::internal)?;
        Ok(STANDARD.encode(whole))
    }

    /// Reads what a caller hands in, for a queue.
    pub fn read(text: &str, queue: Number, sealer: &Sealer) -> Result<Self, Refusal> {
        let handle = STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|whole| Self::parse(sealer.open(&whole)?));
        handle
            .filter(|handle| handle.queue == queue)
            .ok_or_else(|| refusal::invalid_handle(text))
    }

    fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let queue = Number::from_str_radix(parts.next()?, 16).ok()?;
        let message = Number::from_str_radix(parts.next()?, 16).ok()?;
        let receive = u32::from_str_radix(parts.next()?, 16).ok()?;
        Some(Self {
            queue,
            message,
            receive,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Region;
    use crate::tenant::Tenant;

    #[test]
    fn a_handle_is_good_for_its_queue_tenant_and_region_alone() {
        let (ana, ben) = (Tenant::generate("ana"), Tenant::generate("ben"));
        let here = Sealer::new(&ana, Region::UsEast1, "sqs");
        let handle = Handle {
            queue: 7,
            message: 300,
            receive: 2,
        };
        let text = handle.text(&here).unwrap();
        assert_eq!(Handle::read(&text, 7, &here).unwrap(), handle);
        let elsewhere = [
            (8, Sealer::new(&ana, Region::UsEast1, "sqs")),
            (7, Sealer::new(&ana, Region::EuWest1, "sqs")),
            (7, Sealer::new(&ana, Region::UsEast1, "kinesis")),
            (7, Sealer::new(&ben, Region::UsEast1, "sqs")),
        ];
        for (queue, sealer) in elsewhere {
            let refused = Handle::read(&text, queue, &sealer).unwrap_err();
            assert_eq!(refused.kind, "ReceiptHandleIsInvalid");
        }
        for odd in ["", "handle", "é", &text[..text.len() - 4]] {
            assert!(Handle::read(odd, 7, &here).is_err(), "{odd}");
        }
    }
}
