//! Tributary: joins the features.
pub mod schedule;
