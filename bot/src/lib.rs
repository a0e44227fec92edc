//! Tributary: joins the features. `run` is the top; each folder is a feature; `app`, `call` and `membership` are what
//! every feature may use.

pub mod app;
pub mod attributes;
pub mod call;
pub mod clock;
pub mod cohort;
pub mod command_line;
pub mod elsewhere;
pub mod exercise;
pub mod health;
pub mod help;
pub mod lab;
pub mod lesson;
pub mod live;
pub mod load;
pub mod log;
pub mod mark;
pub mod membership;
pub mod moderate;
pub mod money;
pub mod place;
pub mod progress;
pub mod queue;
pub mod quiz;
pub mod run;
pub mod schedule;
pub mod seal;
pub mod settings;
pub mod spending;
pub mod staged;
pub mod stream;
pub mod table;
pub mod tenant;
#[cfg(test)]
mod testing;
pub mod topic;
pub mod webhook;
