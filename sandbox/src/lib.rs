//! Each member's private AWS.
//!
//! A [`Sandbox`] holds one AWS account per [`Tenant`]. Requests come in signed, over TCP ([`Sandbox::serve`])
//! or in-process from the AWS SDK ([`Sandbox::kinesis`]), and take the same path: `front` checks the signature
//! and the rate, `accounts` brings the tenant's state into memory, `kinesis`, `sqs`, `sns` or `dynamodb` does what was
//! asked and keeps it.
//! [`streams`], [`queues`], [`topics`] and [`tables`] offer the few operations that chat commands need, with errors in the
//! words of the domain.
//! [`lab`] shows a tenant's state as read-only SQL tables.
//! All that is so where the sandbox is embedded, the default. `provider` says where else tenants' things may be: at any server
//! that speaks AWS's protocols, or in a real account. The chat commands' operations are the same there.
//!
//! What is not here: where tenants and saved views are kept (they are handed in), Discord, pictures, words for people.

mod account;
mod accounts;
mod attribute;
mod client;
mod duplicates;
mod dynamodb;
pub mod exercises;
mod fault;
mod front;
mod history;
mod journal;
mod kinesis;
pub mod lab;
mod provider;
mod query;
pub mod queues;
mod region;
mod regional;
pub mod ring;
mod sandbox;
mod service;
mod sigv4;
mod sns;
mod sqs;
pub mod streams;
pub mod tables;
mod tenant;
mod token;
pub mod topics;
mod wire;

pub use account::Usage;
pub use dynamodb::{Table, TableChange};
pub use fault::{Fault, InForce, Staged};
pub use provider::{NotAPrefix, Prefix, ProviderKind, ProviderSettings, Resource, ResourceKind};
pub use region::{Region, UnknownRegion};
pub use sandbox::{Clock, OpenError, Quotas, Sandbox, SandboxError, SandboxSettings};
pub use tenant::{AccountId, DirectoryError, NoTenants, NotAnAccountId, Tenant, TenantDirectory};
