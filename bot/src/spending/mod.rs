//! Money on a real AWS account: what things cost, who may spend how much, and what is removed when its time is over. Only
//! where the sandbox's provider is `aws`; elsewhere nothing costs anything, and nothing here is asked.
//!
//! A command that creates something is held back and its cost told; a press of *Create it* reserves the money in the ledger
//! and lets the command run. The reservation becomes what it really cost when the thing goes: by its owner, or by the
//! reaper at the end of its life. `docs/aws.md` tells it to operators.

pub mod ceiling;
pub mod ledger;
pub mod money;
pub mod price;
pub mod store;
